import type { DeviceInfo } from './common/device-info.js';
import { DEVICE_KINDS, type DeviceKind, type DomainDevice } from './devices.js';
import type { DiskDef } from './devices/disk.js';
import type { InterfaceDef } from './devices/interface.js';
import { domainDevices } from './device-list.js';
import type { DomainDef } from './domain-def.js';
import { sourcePath } from './post-parse/disks.js';

/** virDomainDiskByTarget */
export function diskByTarget(def: DomainDef, dev: string): DiskDef | undefined {
  return def.devices.disk.find(({ target }) => target?.dev === dev);
}

/** virDomainDiskByName: by its target, or by the path of its source unless several disks have it. */
export function diskByName(def: DomainDef, name: string): DiskDef | undefined {
  const byTarget = diskByTarget(def, name);
  if (byTarget !== undefined || !name.startsWith('/')) return byTarget;
  const found = def.devices.disk.filter((disk) => sourcePath(disk) === name);
  return found.length === 1 ? found[0] : undefined;
}

/** virDomainNetFind: by the name of its host side, or by its MAC address unless several have it. */
export function interfaceByName(def: DomainDef, device: string): InterfaceDef | undefined {
  const { interface: interfaces } = def.devices;
  const byName = interfaces.find(({ target }) => target?.dev === device);
  if (byName !== undefined) return byName;
  const found = interfaces.filter(({ mac }) => mac?.address === device.toLowerCase());
  return found.length === 1 ? found[0] : undefined;
}

/** What a device carries besides what it is; leases, sound systems and filters have none of it. */
export function deviceInfoOf({ kind, device }: DomainDevice): DeviceInfo | undefined {
  return kind === 'lease' || kind === 'audio' || kind === 'redirfilter' || kind === 'graphics'
    ? undefined
    : (device as DeviceInfo);
}

/** virDomainDefFindDevice: the device with that alias. */
export function deviceByAlias(def: DomainDef, alias: string): DomainDevice | undefined {
  for (const device of domainDevices(def)) if (deviceInfoOf(device)?.alias?.name === alias) return device;
  return undefined;
}

const isList = (kind: DeviceKind, def: DomainDef): boolean => Array.isArray(def.devices[kind]);

/** Takes a device out of the definition; false if it is not in it. */
export function removeDevice(def: DomainDef, { kind, device }: DomainDevice): boolean {
  if (!DEVICE_KINDS.includes(kind)) return false;
  const devices = def.devices as unknown as Record<string, unknown>;
  if (!isList(kind, def)) {
    if (devices[kind] !== device) return false;
    delete devices[kind];
    return true;
  }
  const list = devices[kind] as unknown[];
  const at = list.indexOf(device);
  if (at < 0) return false;
  list.splice(at, 1);
  return true;
}
