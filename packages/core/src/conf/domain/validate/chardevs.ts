import type { CharSource } from '../common/chardev.js';
import { internal, invalidArgument, unsupported } from '../common/problems.js';
import { checkDeviceLabels } from './disks.js';
import type { DomainDef } from '../domain-def.js';

/** What consoles and ports may not share. */
export function checkChardevs({ devices: { console: consoles } }: DomainDef): void {
  if (consoles.slice(1).some(({ target }) => target?.type === 'serial'))
    throw unsupported('Only the first console can be a serial port');
}

/** virDomainChrSourceDefValidate */
export function checkSource(device: CharSource, isChannel = false): void {
  switch (device.type) {
    case 'dev':
    case 'file':
    case 'pipe':
      checkDeviceLabels(device.source?.seclabel);
      if (device.source?.path === undefined) throw internal('Missing source path attribute for char device');
      break;
    case 'tcp':
      if (device.source?.host === undefined) throw internal('Missing source host attribute for char device');
      if (device.source.service === undefined) throw internal('Missing source service attribute for char device');
      if (device.source.mode === 'bind' && device.source.reconnect !== undefined) throw reconnecting();
      break;
    case 'udp':
      if (device.source?.find(({ mode }) => mode === 'connect')?.service === undefined)
        throw internal('Missing source service attribute for char device');
      break;
    case 'unix':
      checkDeviceLabels(device.source?.seclabel);
      if (device.source?.path === undefined) {
        if (!isChannel || !isNamedChannel(device)) throw internal('Missing source path attribute for char device');
      } else if (device.source.mode === 'bind' && device.source.reconnect !== undefined) throw reconnecting();
      break;
    case 'spiceport':
    case 'dbus':
      if (device.source === undefined) throw unsupported('Missing source channel attribute for char device');
      if (!/^[\w.-]*$/.test(device.source.channel))
        throw invalidArgument('Invalid character in source channel for char device');
      break;
  }
}

const reconnecting = (): ReturnType<typeof internal> => internal('chardev reconnect is possible only for connect mode');

/** The driver finds a path for a channel that the guest knows by name. */
function isNamedChannel(device: CharSource): boolean {
  const type = (device as { target?: { type?: string } }).target?.type;
  return type === 'virtio' || type === 'xen';
}
