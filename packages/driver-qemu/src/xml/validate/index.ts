import type { CharSource, DomainDef, DomainDevice } from '@virtkit/core/conf';
import type { QemuCaps } from '../../capabilities/index.js';
import { LibvirtError, ErrorCode, ErrorDomain } from '@virtkit/core/util';
import { isPpc64, isS390Ccw } from '../../machine.js';
import type { QemuXmlRules } from '../rules.js';
import { checkChannel, checkCharSource, checkConsole, checkParallel, checkSerial } from './chardevs.js';
import { checkController } from './controllers.js';
import { checkCpu, checkIoThreads, checkVcpus } from './cpu.js';
import {
  checkBalloon,
  checkFilesystem,
  checkInput,
  checkIommu,
  checkPanics,
  checkShmem,
  checkSound,
  checkTpm,
  checkTpms,
  checkUsb,
  checkWatchdog,
} from './devices.js';
import { checkDisk, checkThrottleGroups } from './disks.js';
import { checkAudio, checkDisplays, checkGraphics, checkVideo } from './displays.js';
import { checkFeatures, checkTimers } from './features.js';
import { checkHostdev } from './hostdevs.js';
import { checkInterface } from './interfaces.js';
import { checkExtras, checkFirmware, checkLifecycle, checkMachine } from './machine.js';
import { checkMemory, checkMemoryDevice } from './memory.js';
import { need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainDef: what the emulator of a domain, or any QEMU, cannot do although a domain can say it. */
export function validateQemuDomain(def: DomainDef, caps: QemuCaps, rules: QemuXmlRules): void {
  const subject: Subject = { def, caps, rules };
  for (const check of DOMAIN_CHECKS) check(subject);
}

const DOMAIN_CHECKS: readonly ((subject: Subject) => void)[] = [
  checkMachine,
  checkLifecycle,
  checkFirmware,
  checkFeatures,
  checkTimers,
  checkVcpus,
  checkMemory,
  checkCpu,
  checkIoThreads,
  checkExtras,
  checkPanics,
  checkTpms,
  checkDisplays,
  checkThrottleGroups,
  checkUsb,
];

const SMARTCARDS = {
  host: ['ccid-emulated', 'host'],
  passthrough: ['ccid-passthru', 'passthrough'],
} as const;

/** qemuValidateDomainDeviceDef */
export function validateQemuDevice(item: DomainDevice, def: DomainDef, caps: QemuCaps, rules: QemuXmlRules): void {
  const subject: Subject = { def, caps, rules };
  checkInfo(item, subject);
  switch (item.kind) {
    case 'disk':
      return checkDisk(item.device, subject);
    case 'controller':
      return checkController(item.device, subject);
    case 'interface':
      return checkInterface(item.device, subject);
    case 'filesystem':
      return checkFilesystem(item.device, subject);
    case 'graphics':
      return checkGraphics(item.device, subject);
    case 'audio':
      return checkAudio(item.device, subject);
    case 'video':
      return checkVideo(item.device, subject);
    case 'hostdev':
      return checkHostdev(item.device, subject);
    case 'tpm':
      return checkTpm(item.device, subject);
    case 'shmem':
      return checkShmem(item.device, subject);
    case 'iommu':
      return checkIommu(item.device, subject);
    case 'input':
      return checkInput(item.device, subject);
    case 'watchdog':
      return checkWatchdog(item.device, subject);
    case 'memballoon':
      return checkBalloon(item.device, subject);
    case 'memory':
      return checkMemoryDevice(item.device, subject);
    case 'vsock':
      return need(subject, 'vhost-vsock', 'vsock device is not supported with this QEMU binary');
    case 'hub':
      return need(subject, 'usb-hub', 'usb-hub not supported by QEMU binary');
    case 'sound':
      return checkSound(item.device, subject);
    case 'serial':
      checkSerial(item.device, subject);
      return checkCharSource(item.device, subject);
    case 'parallel':
      checkParallel(subject);
      return checkCharSource(item.device, subject);
    case 'console':
      checkConsole(item.device, subject);
      return checkCharSource(item.device, subject);
    case 'channel':
      checkChannel(item.device);
      return checkCharSource(item.device, subject);
    case 'redirdev':
      need(subject, 'usb-redir', 'USB redirection is not supported by this version of QEMU');
      return checkCharSource(item.device, subject);
    case 'smartcard': {
      const { address } = item.device;
      refuseIf(
        subject.def.devices.smartcard.length > 1 ||
          (address?.type === 'ccid' && (address.controller !== 0 || address.slot !== 0)),
        'this QEMU binary lacks multiple smartcard support',
      );
      const [flag, mode] = item.device.mode === 'passthrough' ? SMARTCARDS.passthrough : SMARTCARDS.host;
      need(subject, flag, `this QEMU binary lacks smartcard ${mode} mode support`);
      if (item.device.mode === 'passthrough') checkCharSource(item.device, subject);
      return;
    }
    case 'nvram':
      return refuseIf(!isPpc64(def), 'nvram device is only supported for PPC64');
    case 'rng':
      if (item.device.backend.model === 'builtin')
        need(subject, 'rng-builtin', "'builtin' RNG backend is not supported by this QEMU binary");
      if (item.device.backend.model === 'egd') checkCharSource(item.device.backend as CharSource, subject);
      return;
  }
}

/** qemuValidateDomainDeviceInfo: addresses, ROMs and ACPI indexes. */
function checkInfo({ device }: DomainDevice, subject: Subject): void {
  const { address, acpi, rom } = device as {
    address?: { type: string; zpci?: { uid?: number } };
    acpi?: { index: number };
    rom?: { bar?: boolean; enabled?: boolean; file?: string };
  };
  if (address?.type === 'pci' && address.zpci !== undefined) {
    need(subject, 'zpci', "This QEMU binary doesn't support zPCI");
    const { uid } = address.zpci;
    if (uid !== undefined && (uid < 1 || uid > 0xffff))
      throw new LibvirtError(
        ErrorCode.XML_ERROR,
        ErrorDomain.QEMU,
        `Invalid PCI address uid='0x${uid.toString(16).padStart(4, '0')}', must be > 0x0000 and <= 0xffff`,
      );
  }
  refuseIf(
    address?.type === 'ccw' && !isS390Ccw(subject.def),
    `cannot use CCW address type for device '${(device as { alias?: { name: string } }).alias?.name ?? '<null>'}' using machine type '${subject.def.os.type.machine ?? ''}'`,
  );
  const { reg } = (address ?? {}) as { reg?: number };
  refuseIf(
    address?.type === 'spapr-vio' && (reg ?? 0) > 0xffffffff,
    `spapr-vio reg='0x${(reg ?? 0).toString(16)}' exceeds maximum possible value (0xffffffff)`,
  );
  refuseIf(
    rom !== undefined && Object.keys(rom).length > 0 && address !== undefined && address.type !== 'pci',
    'ROM tuning is only supported for PCI devices',
  );
  if (acpi === undefined) return;
  refuseIf(address !== undefined && address.type !== 'pci', 'ACPI index is only supported for PCI devices');
  need(subject, 'acpi-index', 'ACPI index is not supported with this QEMU');
}
