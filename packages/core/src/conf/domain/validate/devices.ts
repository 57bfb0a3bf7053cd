import { internal, unsupported, wrong } from '../common/problems.js';
import type { DomainDevice } from '../devices.js';
import { invalidBackend } from '../devices/interface/net-backend.js';
import type { InputDef } from '../devices/input.js';
import type { DomainDef } from '../domain-def.js';
import type { DomainXmlOption } from '../xml-option.js';
import { checkReference } from './audio.js';
import { checkSource } from './chardevs.js';
import { checkDisk } from './disks.js';
import { checkFilesystem } from './filesystems.js';
import { checkHostdev } from './hostdevs.js';
import { checkInterface } from './interfaces.js';
import { checkMemoryDevice } from './memory.js';

/** virDomainInputDefValidate: full virtual machines have only some input devices on each bus. */
function checkInput({ type, bus, model, address }: InputDef, { os }: DomainDef): void {
  if (bus === 'usb' && address !== undefined && address.type !== 'usb') throw wrong('Invalid address for a USB device');
  if (os.type.value !== 'hvm') return;
  if (type === 'evdev' && bus !== undefined && bus !== 'none')
    throw unsupported("input evdev doesn't support bus element");
  if (bus === 'ps2' && type !== 'mouse' && type !== 'keyboard')
    throw internal(`ps2 bus does not support ${type} input device`);
  if (bus === 'xen') throw internal('unsupported input bus xen');
  if (model !== undefined && bus !== 'virtio')
    throw unsupported(`only bus 'virtio' is supported for input model '${model}'`);
}

/** virDomainDeviceDefValidate's own part: a device that is not in the definition yet. */
export function checkDevice({ kind, device }: DomainDevice, def: DomainDef, option: DomainXmlOption): void {
  const { address } = device as { address?: { type: string } };
  if (address?.type === 'unassigned' && kind !== 'hostdev')
    throw unsupported("address of type 'unassigned' is supported only for hostdevs");
  switch (kind) {
    case 'disk':
      checkDisk(device, option);
      break;
    case 'interface':
      if (device.backend?.type === 'passt' && !option.features.has('passt')) throw invalidBackend('passt');
      checkInterface(device);
      break;
    case 'filesystem':
      checkFilesystem(device);
      break;
    case 'memory':
      checkMemoryDevice(device, def);
      break;
    case 'hostdev':
      checkHostdev(device);
      break;
    case 'serial':
    case 'parallel':
    case 'console':
    case 'channel':
    case 'redirdev':
      if (device.type === 'spicevmc' && kind !== 'redirdev' && !(kind === 'channel' && device.target.type === 'virtio'))
        throw unsupported('spicevmc device type only supports virtio');
      checkSource(device, kind === 'channel');
      break;
    case 'shmem':
      if (device.name.includes('/')) throw unsupported("shmem name cannot include '/' character");
      if (device.name === '') throw unsupported('shmem name cannot be empty');
      if (device.msi !== undefined && device.server === undefined)
        throw wrong('msi option is only supported with a server');
      break;
    case 'iommu':
      if (device.model !== 'virtio' && address !== undefined)
        throw wrong(`iommu model '${device.model}' can't have address`);
      if (device.model !== 'intel' && device.driver !== undefined)
        throw wrong(`iommu model '${device.model}' doesn't support additional attributes`);
      break;
    case 'video':
      if (device.model?.acceleration?.rendernode !== undefined && device.driver?.name !== 'vhostuser')
        throw unsupported("unsupported rendernode accel attribute without 'vhostuser'");
      break;
    case 'input':
      checkInput(device, def);
      break;
    case 'smartcard':
      if (device.mode === 'passthrough') checkSource(device);
      break;
    case 'rng':
      if (device.backend.model === 'egd') checkSource(device.backend);
      break;
    case 'sound':
    case 'graphics':
      if ('audio' in device) checkReference(device.audio?.id, new Set(def.devices.audio.map(({ id }) => id)));
      break;
    case 'audio':
      if (def.devices.audio.some((other) => other !== device && other.id === device.id))
        throw wrong(`audio ID ${device.id} is used multiple times`);
      break;
  }
}
