import { confContext, type ElementCodec, readXml } from '../xml/index.js';
import type { DomainContext } from './context.js';
import { unsupported } from './common/problems.js';
import { devices, type DomainDevice } from './devices.js';
import type { DomainDef } from './domain-def.js';
import { type DomainFormatOptions, domainContext } from './domain-xml.js';
import { forgetRunTime, postParseDevice } from './post-parse/devices.js';
import { settleDisk } from './post-parse/disks.js';
import { checkDevice } from './validate/devices.js';
import { type DomainParseOptions, type DomainXmlOption, plainXmlOption } from './xml-option.js';

/** A device read on its own, with what its document left open. */
export type ParsedDevice = DomainDevice & {
  /** The document of an interface names no MAC address: to find one it counts as any. */
  readonly macGenerated?: true;
};

const CODECS: ReadonlyMap<string, ElementCodec<unknown>> = new Map(
  devices.describe().fields.flatMap(({ key, codec }) => {
    const inner = codec?.();
    return inner === undefined ? [] : [[key, inner] as const];
  }),
);

/** virDomainDeviceDefParse: one device, to be given to (or found in) `def`, which is not changed. */
export function parseDomainDevice(
  text: string,
  def: DomainDef,
  option: DomainXmlOption = plainXmlOption,
  parse: DomainParseOptions = {},
): ParsedDevice {
  const node = readXml(text, 'device_definition');
  const codec = CODECS.get(node.name);
  if (codec === undefined || node.ns !== '') throw unsupported(`unknown device type '${node.name}'`);
  const context: DomainContext = {
    ...confContext({ live: parse.inactive === false, status: parse.status === true, secure: true }),
    option,
  };
  const found = { kind: node.name, device: codec.decode(node, context) } as DomainDevice;
  const macGenerated = found.kind === 'interface' && found.device.mac === undefined;
  if (found.kind === 'disk') settleDisk(found.device);
  if (parse.skipPostParse !== true) {
    if (parse.inactive !== false) forgetRunTime(found);
    option.postParse.device?.(found, def, parse);
    postParseDevice(found, def, option);
  }
  if (parse.skipValidate !== true) {
    checkDevice(found, def, option);
    option.validate.device?.(found, def, parse);
  }
  return macGenerated ? { ...found, macGenerated } : found;
}

/** virDomainDeviceDefFormat: the element of one device. */
export function formatDomainDevice(
  { kind, device }: DomainDevice,
  option: DomainXmlOption = plainXmlOption,
  format: DomainFormatOptions = {},
): string {
  return (CODECS.get(kind) as ElementCodec<unknown>).encode(device, 0, domainContext(option, format));
}
