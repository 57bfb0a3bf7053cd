import type { PciAbility, PciCapability, PciLink } from '@virtkit/core/conf';

/** What a device's configuration space says. */
export interface PciConfigFacts {
  readonly header?: PciAbility;
  readonly pciExpress?: NonNullable<PciCapability['pciExpress']>;
}

const SPEEDS: readonly (PciLink['speed'] | undefined)[] = [undefined, '2.5', '5', '8', '16', '32', '64'];
const CAPABILITY_LIST = 0x10;
const PCI_EXPRESS = 0x10;
/** Root complex integrated endpoints and event collectors have no link of their own. */
const WITHOUT_LINK = [9, 10];

/** Bytes of a conventional device's configuration space. */
const CONVENTIONAL = 256;

/**
 * Reads header type and links from configuration space, of which not all may be readable; a space that is larger than
 * a conventional one tells PCI Express by itself.
 */
export function readPciConfig(config: Buffer, size = config.length): PciConfigFacts {
  if (config.length < 64) return {};
  const type = config.readUInt8(0x0e) & 0x7f;
  const header: PciAbility | undefined =
    type === 1 ? { type: 'pci-bridge' } : type === 2 ? { type: 'cardbus-bridge' } : undefined;
  const at = expressCapability(config);
  if (at === undefined) return { ...(header && { header }), ...(size > CONVENTIONAL && { pciExpress: {} }) };
  const kind = (config.readUInt16LE(at + 2) & 0xf0) >> 4;
  const link = WITHOUT_LINK.includes(kind) ? {} : { link: links(config, at) };
  return { ...(header && { header }), pciExpress: link };
}

function links(config: Buffer, at: number): PciLink[] {
  const cap = config.readUInt32LE(at + 0x0c);
  const status = config.readUInt16LE(at + 0x12);
  return [
    { validity: 'cap', port: cap >>> 24, ...speed(cap & 0xf), width: (cap & 0x3f0) >> 4 },
    { validity: 'sta', ...speed(status & 0xf), width: (status & 0x3f0) >> 4 },
  ];
}

function speed(code: number): { speed: NonNullable<PciLink['speed']> } | object {
  const found = SPEEDS[code];
  return found === undefined ? {} : { speed: found };
}

function expressCapability(config: Buffer): number | undefined {
  if ((config.readUInt16LE(6) & CAPABILITY_LIST) === 0) return undefined;
  let at = config.readUInt8(0x34) & 0xfc;
  for (let steps = 0; at >= 0x40 && at + 0x14 <= config.length && steps < 48; steps++) {
    if (config.readUInt8(at) === PCI_EXPRESS) return at;
    at = config.readUInt8(at + 1) & 0xfc;
  }
  return undefined;
}
