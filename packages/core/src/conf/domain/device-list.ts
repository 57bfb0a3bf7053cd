import { DEVICE_KINDS, type DomainDevice } from './devices.js';
import type { DomainDef } from './domain-def.js';

/** virDomainDeviceInfoIterate: all devices, kind by kind in the order of the document. */
export function domainDevices({ devices }: DomainDef): DomainDevice[] {
  const all: DomainDevice[] = [];
  for (const kind of DEVICE_KINDS) {
    const found = devices[kind];
    if (Array.isArray(found)) for (const device of found) all.push({ kind, device } as DomainDevice);
    else if (found !== undefined) all.push({ kind, device: found } as DomainDevice);
  }
  return all;
}
