import { randomBytes } from 'node:crypto';
import type { DomainDevice } from '../devices.js';
import type { DomainDef } from '../domain-def.js';
import type { DomainXmlOption } from '../xml-option.js';
import { unusedControllerIndex } from './controllers.js';
import { assignDriveAddress } from './disks.js';

/** virDomainDeviceDefPostParseCommon: defaults of one device. */
export function postParseDevice({ kind, device }: DomainDevice, def: DomainDef, option: DomainXmlOption): void {
  switch (kind) {
    case 'disk':
      if (device.device === 'cdrom') device.readonly = true;
      assignDriveAddress(device, def, option.features.has('wide-scsi'));
      break;
    case 'controller':
      if (device.index === -1) device.index = unusedControllerIndex(def, device.type);
      break;
    case 'interface':
      device.mac ??= { address: generateMac(option) };
      break;
  }
}

/** virMacAddrGenerate: a random address with the driver's prefix. */
export function generateMac(option: DomainXmlOption): string {
  const tail = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  return `${option.defaults.macPrefix ?? '52:54:00'}:${tail}`;
}
