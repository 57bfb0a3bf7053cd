import { unsupported, wrong } from '../common/problems.js';
import type { DomainDevice } from '../devices.js';
import { invalidBackend } from '../devices/interface/net-backend.js';
import type { DomainDef } from '../domain-def.js';
import type { DomainXmlOption } from '../xml-option.js';
import { checkAudioDevice, checkReference } from './audio.js';
import { checkSource } from './chardevs.js';
import { checkController, hasUsb } from './controllers.js';
import { checkDisk } from './disks.js';
import { checkFilesystem } from './filesystems.js';
import { checkHostdev } from './hostdevs.js';
import { checkInput } from './inputs.js';
import { checkInterface } from './interfaces.js';
import { checkMemoryDevice } from './memory.js';

/** virDomainDeviceDefValidate's own part: a device that is not in the definition yet. */
export function checkDevice({ kind, device }: DomainDevice, def: DomainDef, option: DomainXmlOption): void {
  const { address } = device as { address?: { type: string } };
  if (address?.type === 'unassigned' && kind !== 'hostdev')
    throw unsupported("address of type 'unassigned' is supported only for hostdevs");
  switch (kind) {
    case 'controller':
      checkController(device);
      break;
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
      if (kind === 'redirdev' && !hasUsb(def))
        throw unsupported('cannot add redirected USB device: USB is disabled for this domain');
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
      if (device.model?.resolution !== undefined && !(device.model.resolution.x > 0 && device.model.resolution.y > 0))
        throw unsupported('video resolution values must be greater than 0');
      if (device.model?.acceleration?.rendernode !== undefined && device.driver?.name !== 'vhostuser')
        throw unsupported("unsupported rendernode accel attribute without 'vhostuser'");
      break;
    case 'input':
      checkInput(device, def);
      break;
    case 'tpm':
      if (
        device.backend.type === 'emulator' &&
        device.backend.version === '1.2' &&
        device.backend.active_pcr_banks !== undefined
      )
        throw wrong("<active_pcr_banks/> requires TPM version '2.0'");
      break;
    case 'smartcard':
      if (address !== undefined && address.type !== 'ccid')
        throw unsupported("Controllers must use the 'ccid' address type");
      if (device.mode === 'passthrough') checkSource(device);
      break;
    case 'rng':
      if (device.backend.model === 'egd') checkSource(device.backend);
      break;
    case 'sound':
      checkReference(device.audio?.id, new Set(def.devices.audio.map(({ id }) => id)));
      break;
    case 'graphics':
      if (device.type === 'dbus' && device.p2p === true && device.address !== undefined)
        throw wrong('D-Bus p2p with an address is not supported');
      if (device.type === 'vnc') checkReference(device.audio?.id, new Set(def.devices.audio.map(({ id }) => id)));
      break;
    case 'audio':
      checkAudioDevice(device);
      if (def.devices.audio.some((other) => other !== device && other.id === device.id))
        throw wrong(`audio ID ${device.id} is used multiple times`);
      break;
  }
}
