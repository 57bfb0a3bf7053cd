import type {
  DomainDef,
  FilesystemDef,
  InputDef,
  IommuDef,
  ShmemDef,
  SoundDef,
  TpmDef,
  WatchdogDef,
} from '@virtkit/core/conf';
import type { QemuFlag } from '../../capabilities/index.js';
import { configUnsupported } from '../../errors.js';
import { isArmVirt, isPSeries, isQ35, isS390, isX86 } from '../../machine.js';
import { hasSharedMemory, need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainDeviceDefFS */
export function checkFilesystem(device: FilesystemDef, subject: Subject): void {
  const { type, driver, accessmode } = device;
  refuseIf(
    (device.fmode !== undefined || device.dmode !== undefined) &&
      accessmode !== 'mapped' &&
      driver?.type !== 'virtiofs',
    'fmode and dmode must be used with accessmode=mapped',
  );
  refuseIf(type !== 'mount', 'only supports mount filesystem type');
  switch (driver?.type) {
    case 'loop':
    case 'nbd':
    case 'ploop':
      throw configUnsupported(`Filesystem driver type not supported: ${driver.type}`);
    case 'handle':
      refuseIf(accessmode !== undefined && accessmode !== 'passthrough', 'only supports passthrough accessmode');
      break;
    case 'virtiofs': {
      refuseIf(device.readonly === true, 'virtiofs does not yet support read-only mode');
      refuseIf(
        accessmode !== undefined && accessmode !== 'passthrough',
        'virtiofs only supports passthrough accessmode',
      );
      refuseIf(driver.format !== undefined, 'virtiofs does not support format');
      refuseIf(device.fmode !== undefined || device.dmode !== undefined, 'virtiofs does not support fmode and dmode');
      refuseIf(device.model !== undefined && device.model !== 'virtio', 'virtiofs does not support multiple models');
      refuseIf(device.multidevs !== undefined && device.multidevs !== 'default', 'virtiofs does not support multidevs');
      need(subject, 'vhost-user-fs', 'virtiofs is not supported with this QEMU binary');
      if (device.boot !== undefined)
        need(subject, 'vhost-user-fs.bootindex', 'setting virtiofs boot order is not supported with this QEMU binary');
      refuseIf(!hasSharedMemory(subject), "'virtiofs' requires shared memory");
    }
  }
}

/** qemuValidateDomainDefTPMs */
export function checkTpms({ def }: Subject): void {
  const proxies = def.devices.tpm.filter(({ model }) => model === 'spapr-tpm-proxy').length;
  refuseIf(proxies > 1, 'only a single TPM Proxy device is supported');
  refuseIf(def.devices.tpm.length - proxies > 1, 'only a single TPM non-proxy device is supported');
}

const TPM_FLAGS: Readonly<Record<string, QemuFlag>> = {
  'tpm-tis': 'tpm-tis',
  'tpm-crb': 'tpm-crb',
  'tpm-spapr': 'tpm-spapr',
  'spapr-tpm-proxy': 'spapr-tpm-proxy',
};

/** qemuValidateDomainDeviceDefTPM */
export function checkTpm({ model = 'tpm-tis', backend }: TpmDef, subject: Subject): void {
  if (backend.type === 'passthrough')
    need(subject, 'tpm-passthrough', 'The QEMU executable does not support TPM backend type passthrough');
  if (backend.type === 'emulator') {
    const { version = '2.0' } = backend;
    refuseIf(subject.rules.tpmVersions?.includes(version) !== true, `TPM version '${version}' is not supported`);
    refuseIf(
      model === 'tpm-crb' && version === '1.2',
      `TPM model 'tpm-crb' requires TPM 2.0, not version '${version}'`,
    );
    refuseIf(version === '1.2' && model === 'tpm-spapr', 'TPM 1.2 is not supported with the SPAPR device model');
    refuseIf(version === '1.2' && subject.def.os.type.arch === 'aarch64', 'TPM 1.2 is not supported on ARM');
    need(subject, 'tpm-emulator', 'The QEMU executable does not support TPM backend type emulator');
  }
  refuseIf(
    model === 'spapr-tpm-proxy' && backend.type !== 'passthrough',
    "Usage of 'spapr-tpm-proxy' TPM model requires 'passthrough' backend",
  );
  const flag = TPM_FLAGS[model];
  if (flag !== undefined)
    need(subject, flag, `The QEMU executable ${subject.caps.binary} does not support TPM model ${model}`);
}

const PANIC_HOMES = {
  s390: [isS390, "only S390 guests support panic device of model 's390'"],
  hyperv: [isX86, "only i686 and x86_64 guests support panic device of model 'hyperv'"],
  pseries: [isPSeries, "only pSeries guests support panic device of model 'pseries'"],
  isa: [isX86, "only i686 and x86_64 guests support panic device of model 'isa'"],
} as const;

/** qemuValidateDomainDefPanic */
export function checkPanics({ def }: Subject): void {
  for (const { model, address } of def.devices.panic) {
    if (model === undefined || model === 'pvpanic') continue;
    const [where, detail] = PANIC_HOMES[model];
    refuseIf(!where(def), detail);
    refuseIf(
      model === 'isa' && address !== undefined && address.type !== 'isa',
      'panic is supported only with ISA address type',
    );
    refuseIf(
      model !== 'isa' && address !== undefined,
      `setting the panic device address is not supported for model '${model}'`,
    );
  }
}

const SOUND_FLAGS: Readonly<Record<string, readonly [QemuFlag, string]>> = {
  usb: ['usb-audio', 'usb-audio controller is not supported by this QEMU binary'],
  ich9: ['ich9-intel-hda', 'The ich9-intel-hda audio controller is not supported in this QEMU binary'],
};
const CODEC_FLAGS: Readonly<Record<string, QemuFlag>> = {
  duplex: 'hda-duplex',
  micro: 'hda-micro',
  output: 'hda-output',
};

/** qemuValidateDomainDeviceDefSound */
export function checkSound({ model, codec = [] }: SoundDef, subject: Subject): void {
  refuseIf(model === 'ich7', "sound card model 'ich7' is not supported by qemu");
  const [flag, detail] = SOUND_FLAGS[model] ?? [];
  if (flag !== undefined) need(subject, flag, detail ?? '');
  if (model !== 'ich6' && model !== 'ich9') return;
  for (const { type } of codec) {
    const needed = CODEC_FLAGS[type];
    if (needed !== undefined) need(subject, needed, `${needed} not supported in this QEMU binary`);
  }
}

/** qemuValidateDomainDeviceDefShmem */
export function checkShmem({ model, size }: ShmemDef, subject: Subject): void {
  const type = model?.type ?? 'ivshmem';
  need(subject, type, `${type} device is not supported with this QEMU binary`);
  if (size === undefined) return;
  refuseIf(type === 'ivshmem' && size < 1024 * 1024, 'shmem size must be at least 1 MiB (1024 KiB)');
  refuseIf(type === 'ivshmem' && !Number.isInteger(Math.log2(size)), 'shmem size must be a power of two');
}

/** qemuValidateDomainDeviceDefIOMMU */
export function checkIommu({ model, address }: IommuDef, subject: Subject): void {
  const { def } = subject;
  const name = `IOMMU device: '${model}'`;
  const FLAGS = { intel: 'intel-iommu', smmuv3: 'machine.virt.iommu', virtio: 'virtio-iommu-pci' } as const;
  const homes = {
    intel: [isQ35(def), 'Q35 machines'],
    smmuv3: [isArmVirt(def), 'ARM Virt machines'],
    virtio: [isQ35(def) || isArmVirt(def), 'Q35 and ARM Virt machines'],
  } as const;
  refuseIf(!homes[model][0], `${name} is only supported with ${homes[model][1]}`);
  need(subject, FLAGS[model], `${name} is not supported with this QEMU binary`);
  if (model === 'virtio') {
    refuseIf(def.features?.acpi !== true, `${name} requires ACPI`);
    refuseIf(address !== undefined && address.type !== 'pci', `${name} needs a PCI address`);
    need(subject, 'virtio-iommu.boot-bypass', `${name} is not supported with this QEMU binary`);
  }
}

/** Whether devices on USB have a bus. */
export function checkUsb({ def: { devices } }: Subject): void {
  if (devices.controller.some((one) => one.type === 'usb' && one.model !== 'none')) return;
  const users =
    devices.disk.some(({ target }) => target?.bus === 'usb') ||
    devices.hostdev.some(({ type }) => type === 'usb') ||
    devices.sound.some(({ model }) => model === 'usb') ||
    devices.controller.some(({ type }) => type === 'ccid') ||
    devices.serial.some(({ target }) => target?.type === 'usb-serial') ||
    devices.interface.some(({ model }) => model?.type === 'usb-net') ||
    devices.input.some(({ bus }) => bus === 'usb') ||
    devices.hub.length > 0 ||
    devices.redirdev.length > 0;
  refuseIf(users, 'USB is disabled for this domain, but USB devices are present in the domain XML');
}

const INPUT_FLAGS: Partial<Record<InputDef['type'], readonly [QemuFlag, QemuFlag?]>> = {
  mouse: ['virtio-mouse', 'virtio-mouse-ccw'],
  tablet: ['virtio-tablet', 'virtio-tablet-ccw'],
  keyboard: ['virtio-keyboard', 'virtio-keyboard-ccw'],
  passthrough: ['virtio-input-host'],
  evdev: ['input-linux'],
};

/** qemuValidateDomainDeviceDefInput */
export function checkInput({ type, bus, model, address }: InputDef, subject: Subject): void {
  if (bus === 'ps2') need(subject, 'i8042', 'ps2 is not supported by this QEMU binary');
  if (bus === 'usb' && type === 'keyboard')
    need(subject, 'usb-kbd', 'usb keyboard is not supported by this QEMU binary');
  const [flag, ccw] = INPUT_FLAGS[type] ?? [];
  if (type === 'evdev' && flag !== undefined) need(subject, flag, 'input evdev is not supported by this QEMU binary');
  if (bus !== 'virtio' || flag === undefined) return;
  refuseIf(type === 'passthrough' && address?.type === 'ccw', 'virtio-input-host is not supported by this QEMU binary');
  refuseIf(
    model !== undefined && model !== 'virtio',
    `virtio (non-)transitional models are not supported for input type=${type}`,
  );
  need(
    subject,
    address?.type === 'ccw' ? (ccw ?? flag) : flag,
    `${type} of bus virtio is not supported by this QEMU binary`,
  );
}

/** Watchdogs, by the machines that can have them. */
export function checkWatchdog({ model, address }: WatchdogDef, { def }: Subject): void {
  refuseIf(
    model === 'ib700' && address !== undefined,
    'ib700 model of watchdog does not support configuring the address',
  );
  refuseIf(
    model === 'diag288' && address !== undefined,
    'diag288 model of watchdog is virtual and cannot go on any bus.',
  );
  refuseIf(model === 'diag288' && !isS390(def), `watchdog of model 'diag288' is supported for S390 guests only`);
  refuseIf(model === 'itco' && !isQ35(def), 'iTCO watchdog is part of the chipset of q35 machines only');
}

/** qemuValidateDomainDeviceDefBalloon */
export function checkBalloon(balloon: NonNullable<DomainDef['devices']['memballoon']>, subject: Subject): void {
  refuseIf(balloon.model === 'xen', `Memory balloon device type 'xen' is not supported by this version of qemu`);
  if (balloon.autodeflate !== undefined)
    need(subject, 'virtio-balloon-pci.deflate-on-oom', 'deflate-on-oom is not supported by this QEMU binary');
  if (balloon.freePageReporting !== undefined)
    need(subject, 'virtio-balloon.free-page-reporting', 'free-page-reporting is not supported by this QEMU binary');
}
