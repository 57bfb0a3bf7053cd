import { diskByTarget } from './lookups.js';
import { domainDevices } from './device-list.js';
import type { DeviceOf, DomainDevice } from './devices.js';
import type { ParsedDevice } from './device-xml.js';
import type { DomainDef } from './domain-def.js';
import { hostKey } from './validate/hostdevs.js';
import { isPciAddressEmpty } from './common/address.js';

/**
 * The devices of the definition that a user can mean by `wanted`: each kind has something that identifies it (a disk its
 * target, an interface its MAC address and place, a controller type and number); of others all that is said must fit.
 */
export function matchingDevices(def: DomainDef, wanted: ParsedDevice): DomainDevice[] {
  if (wanted.kind === 'disk') {
    const device = diskByTarget(def, wanted.device.target?.dev ?? '');
    return device === undefined ? [] : [{ kind: 'disk', device }];
  }
  return [...domainDevices(def)].filter((candidate) => candidate.kind === wanted.kind && matches(wanted, candidate));
}

function matches(wanted: ParsedDevice, candidate: DomainDevice): boolean {
  switch (wanted.kind) {
    case 'interface':
      return sameInterface(wanted, candidate.device as DeviceOf<'interface'>);
    case 'controller': {
      const other = candidate.device as DeviceOf<'controller'>;
      return other.type === wanted.device.type && other.index === wanted.device.index;
    }
    case 'hostdev':
      return hostKey(wanted.device) === hostKey(candidate.device as DeviceOf<'hostdev'>);
    case 'filesystem':
      return wanted.device.target?.dir === (candidate.device as DeviceOf<'filesystem'>).target?.dir;
    case 'serial':
    case 'parallel':
    case 'console': {
      // Without a number it is none that is there: that would be the next one.
      const { target } = wanted.device;
      return target?.port !== undefined && fits(said(wanted.device), candidate.device);
    }
    case 'lease': {
      const other = candidate.device as DeviceOf<'lease'>;
      return other.key === wanted.device.key && other.lockspace === wanted.device.lockspace;
    }
    default:
      return fits(said(wanted.device), candidate.device);
  }
}

function sameInterface(
  { device, macGenerated }: ParsedDevice & { kind: 'interface' },
  other: DeviceOf<'interface'>,
): boolean {
  if (macGenerated !== true && device.mac?.address !== other.mac?.address) return false;
  const { address } = device;
  if (address !== undefined && !(address.type === 'pci' && isPciAddressEmpty(address)) && !fits(address, other.address))
    return false;
  return device.alias === undefined || device.alias.name === other.alias?.name;
}

/** What of a device is said about it, and not where it will be. */
function said(device: object): object {
  const { address, alias, source, ...rest } = device as {
    type?: string;
    address?: { type: string };
    alias?: { name: string };
    source?: object;
  };
  return {
    ...rest,
    ...(source !== undefined && saidOf(rest.type, source)),
    ...(address && Object.keys(address).length > 1 && { address }),
    ...(alias?.name.startsWith('ua-') === true && { alias }),
  };
}

/** Labels do not tell devices apart, and a socket without a path is any. */
function saidOf(type: string | undefined, source: object): { source?: object } {
  const { seclabel: _, ...where } = source as { seclabel?: unknown; path?: string };
  return type === 'pty' || (type === 'unix' && where.path === undefined) ? {} : { source: where };
}

/** Everything in `part` is in `whole` too. */
function fits(part: unknown, whole: unknown): boolean {
  if (part === whole) return true;
  if (typeof part !== 'object' || typeof whole !== 'object' || part === null || whole === null) return false;
  return Object.entries(part).every(
    ([key, value]) => value === undefined || fits(value, (whole as Record<string, unknown>)[key]),
  );
}
