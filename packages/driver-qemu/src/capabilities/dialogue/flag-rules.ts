import type { QemuFlag } from '../flag-names.js';
import type { ProbeFacts } from './facts.js';

/** How a flag is told from what QEMU says; all parts given must hold, of a list any one */
export interface FlagRule {
  /** A command exists */
  command?: string;
  /** A path of the QMP schema exists, see QmpSchema */
  schema?: string;
  /** A QOM type exists */
  type?: string | readonly string[];
  /** A device has a property; `default`: with this default value */
  property?: readonly [type: string | readonly string[], property: string];
  propertyDefault?: unknown;
  /** A user-creatable object, CPU or machine has a property; a machine is named by its alias */
  object?: readonly [type: string, property: string];
  /** `-option` exists, and takes a parameter */
  option?: readonly [option: string, parameter?: string];
  migration?: string;
  tpmModel?: string;
  tpmType?: string;
  cpuModel?: string;
  arch?: readonly string[];
  since?: number;
  before?: number;
  /** Other flags hold */
  flags?: readonly QemuFlag[];
  not?: FlagRule;
  fact?: 'kvm' | 'sev' | 'sgx';
}

const X86 = ['x86_64', 'i686'] as const;
const S390 = ['s390x', 's390'] as const;

const VIRTIO_BLK = ['virtio-blk-pci', 'virtio-blk-ccw'] as const;
const VIRTIO_NET = ['virtio-net-pci', 'virtio-net-ccw'] as const;
const VIRTIO_BALLOON = ['virtio-balloon-pci', 'virtio-balloon-ccw', 'virtio-balloon-device'] as const;

/** The one table from which every flag, and every question about types, follows */
// prettier-ignore
export const FLAG_RULES: { readonly [F in QemuFlag]?: FlagRule } = {
  'kvm': { fact: 'kvm' },
  'sdl': { schema: 'query-display-options/ret/+sdl' },
  'no-hpet': { arch: X86, not: { option: ['machine', 'hpet'] } },
  'spice': { option: ['spice'] },
  'hda-duplex': { type: 'hda-duplex' },
  'ccid-emulated': { type: 'ccid-card-emulated' },
  'ccid-passthru': { type: 'ccid-card-passthru' },
  'piix3-usb-uhci': { type: 'piix3-usb-uhci' },
  'piix4-usb-uhci': { type: 'piix4-usb-uhci' },
  'usb-ehci': { type: 'usb-ehci' },
  'ich9-usb-ehci1': { type: 'ich9-usb-ehci1' },
  'vt82c686b-usb-uhci': { type: 'vt82c686b-usb-uhci' },
  'pci-ohci': { type: 'pci-ohci' },
  'usb-redir': { type: 'usb-redir' },
  'usb-hub': { type: 'usb-hub' },
  'ich9-ahci': { type: 'ich9-ahci' },
  'no-acpi': { arch: [...X86, 'aarch64'] },
  'virtio-blk-pci.scsi': { property: ['virtio-blk-pci', 'scsi'] },
  'scsi-disk.channel': { property: ['scsi-hd', 'channel'] },
  'scsi-block': { type: 'scsi-block' },
  'hda-micro': { type: 'hda-micro' },
  'nec-usb-xhci': { type: 'nec-usb-xhci' },
  'lsi': { type: 'lsi53c895a' },
  'virtio-scsi-pci': { type: ['virtio-scsi-pci', 'virtio-scsi-ccw', 'virtio-scsi-device'] },
  'disable-s3': { property: ['PIIX4_PM', 'disable_s3'] },
  'disable-s4': { property: ['PIIX4_PM', 'disable_s4'] },
  'usb-redir.filter': { property: ['usb-redir', 'filter'] },
  'ide-drive.wwn': { property: ['ide-hd', 'wwn'] },
  'scsi-disk.wwn': { property: ['scsi-hd', 'wwn'] },
  'seccomp-sandbox': { option: ['sandbox', 'enable'] },
  'vnc': { option: ['vnc'] },
  'qxl': { type: 'qxl' },
  'VGA': { type: 'VGA' },
  'cirrus-vga': { type: 'cirrus-vga' },
  'vmware-svga': { type: 'vmware-svga' },
  's390-sclp': { type: 'sclpconsole' },
  'usb-serial': { type: 'usb-serial' },
  'virtio-rng': { type: ['virtio-rng-pci', 'virtio-rng-ccw', 'virtio-rng-device'] },
  'rng-random': { type: 'rng-random' },
  'rng-egd': { type: 'rng-egd' },
  'virtio-ccw': { type: 'virtio-blk-ccw' },
  'megasas': { type: 'megasas' },
  'tpm-passthrough': { tpmType: 'passthrough' },
  'tpm-tis': { tpmModel: 'tpm-tis' },
  'nvram': { type: 'spapr-nvram' },
  'pci-bridge': { type: 'pci-bridge' },
  'vfio-pci': { type: 'vfio-pci' },
  'dmi-to-pci-bridge': { type: 'i82801b11-bridge' },
  'usb-storage': { type: 'usb-storage' },
  'usb-storage.removable': { property: ['usb-storage', 'removable'] },
  'virtio-mmio': { type: 'virtio-mmio' },
  'ich9-intel-hda': { type: 'ich9-intel-hda' },
  'kvm-pit-lost-tick-policy': { property: ['kvm-pit', 'lost_tick_policy'] },
  'pvpanic': { type: 'pvpanic' },
  'enable-fips': { before: 5_002_000 },
  'usb-kbd': { type: 'usb-kbd' },
  'usb-audio': { type: 'usb-audio' },
  'rtc-reset-reinjection': { command: 'rtc-reset-reinjection' },
  'iothread': { type: 'iothread' },
  'migrate-rdma': { migration: 'rdma-pin-all' },
  'VGA.vgamem_mb': { property: ['VGA', 'vgamem_mb'] },
  'vmware-svga.vgamem_mb': { property: ['vmware-svga', 'vgamem_mb'] },
  'qxl.vgamem_mb': { property: ['qxl', 'vgamem_mb'] },
  'pc-dimm': { type: 'pc-dimm' },
  'machine-vmport-opt': { arch: X86 },
  'aes-key-wrap': { arch: S390 },
  'dea-key-wrap': { arch: S390 },
  'pci-serial': { type: 'pci-serial' },
  'aarch64-off': { object: ['max-arm-cpu', 'aarch64'] },
  'gpex-pcihost': { type: 'gpex-pcihost' },
  'ioh3420': { type: 'ioh3420' },
  'x3130-upstream': { type: 'x3130-upstream' },
  'xio3130-downstream': { type: 'xio3130-downstream' },
  'rtl8139': { type: 'rtl8139' },
  'e1000': { type: 'e1000' },
  'virtio-net': { type: ['virtio-net-pci', 'virtio-net-ccw', 'virtio-net-device'] },
  'gic-version': { arch: ['aarch64'] },
  'virtio-gpu': { type: ['virtio-gpu-pci', 'virtio-gpu-device'] },
  'virtio-gpu.virgl': { property: [['virtio-gpu-pci', 'virtio-gpu-device', 'virtio-gpu-ccw'], 'virgl'] },
  'virtio-keyboard': { type: ['virtio-keyboard-pci', 'virtio-keyboard-device'] },
  'virtio-mouse': { type: ['virtio-mouse-pci', 'virtio-mouse-device'] },
  'virtio-tablet': { type: ['virtio-tablet-pci', 'virtio-tablet-device'] },
  'virtio-input-host': { type: ['virtio-input-host-pci', 'virtio-input-host-device'] },
  'ich9-disable-s3': { property: ['ICH9-LPC', 'disable_s3'] },
  'ich9-disable-s4': { property: ['ICH9-LPC', 'disable_s4'] },
  'virtio-balloon-pci.deflate-on-oom': { property: [VIRTIO_BALLOON, 'deflate-on-oom'] },
  'mptsas1068': { type: 'mptsas1068' },
  'spice-gl': { option: ['spice', 'gl'] },
  'qxl.vram64_size_mb': { property: ['qxl', 'vram64_size_mb'] },
  'pxb': { type: 'pxb' },
  'pxb-pcie': { type: 'pxb-pcie' },
  'intel-iommu': { type: 'intel-iommu' },
  'query-hotpluggable-cpus': { command: 'query-hotpluggable-cpus' },
  'virtio-vga': { type: 'virtio-vga' },
  'ivshmem-plain': { type: 'ivshmem-plain' },
  'ivshmem-doorbell': { type: 'ivshmem-doorbell' },
  'vhost-scsi': { type: 'vhost-scsi' },
  'query-cpu-model-expansion': { command: 'query-cpu-model-expansion' },
  'spice-rendernode': { option: ['spice', 'rendernode'] },
  'nvdimm': { type: 'nvdimm' },
  'pcie-root-port': { type: 'pcie-root-port' },
  'query-cpu-definitions': { command: 'query-cpu-definitions' },
  'cpu-cache': { object: ['max-x86_64-cpu', 'host-cache-info'] },
  'qemu-xhci': { type: 'qemu-xhci' },
  'intel-iommu.intremap': { property: ['intel-iommu', 'intremap'] },
  'intel-iommu.caching-mode': { property: ['intel-iommu', 'caching-mode'] },
  'intel-iommu.eim': { property: ['intel-iommu', 'eim'] },
  'intel-iommu.device-iotlb': { property: ['intel-iommu', 'device-iotlb'] },
  'loadparm': { arch: S390 },
  'spapr-pci-host-bridge': { type: 'spapr-pci-host-bridge' },
  'spapr-pci-host-bridge.numa_node': { property: ['spapr-pci-host-bridge', 'numa_node'] },
  'chardev-reconnect': { option: ['chardev', 'reconnect'] },
  'vxhs': { schema: 'blockdev-add/arg/+vxhs' },
  'vmcoreinfo': { type: 'vmcoreinfo' },
  'spapr-vty': { type: 'spapr-vty' },
  'sclplmconsole': { type: 'sclplmconsole' },
  'isa-serial': { type: 'isa-serial' },
  'pl011': { type: 'pl011' },
  'virtio-gpu-ccw': { type: 'virtio-gpu-ccw' },
  'virtio-keyboard-ccw': { type: 'virtio-keyboard-ccw' },
  'virtio-mouse-ccw': { type: 'virtio-mouse-ccw' },
  'virtio-tablet-ccw': { type: 'virtio-tablet-ccw' },
  'pcie-pci-bridge': { type: 'pcie-pci-bridge' },
  'nbd-tls': { schema: 'nbd-server-start/arg/tls-creds' },
  'tpm-crb': { tpmModel: 'tpm-crb' },
  'pr-manager-helper': { type: 'pr-manager-helper' },
  'vfio-ccw': { type: 'vfio-ccw' },
  'screendump_device': { schema: 'screendump/arg/device' },
  'hda-output': { type: 'hda-output' },
  'vmgenid': { type: 'vmgenid' },
  'vhost-vsock': { type: 'vhost-vsock-device' },
  'tpm-emulator': { tpmType: 'emulator' },
  'mch': { type: 'mch' },
  'mch.extended-tseg-mbytes': { property: ['mch', 'extended-tseg-mbytes'] },
  'sev-guest': { type: 'sev-guest', fact: 'sev' },
  'machine.pseries.cap-hpt-max-page-size': { object: ['pseries', 'cap-hpt-max-page-size'] },
  'machine.pseries.cap-htm': { object: ['pseries', 'cap-htm'] },
  'egl-headless': { schema: 'query-display-options/ret/+egl-headless' },
  'vfio-pci.display': { property: ['vfio-pci', 'display'] },
  'vfio-ap': { type: 'vfio-ap' },
  'zpci': { type: 'zpci' },
  'memory-backend-memfd': { type: 'memory-backend-memfd' },
  'memory-backend-memfd.hugetlb': { object: ['memory-backend-memfd', 'hugetlb'] },
  'iothread.poll-max-ns': { schema: 'query-iothreads/ret/poll-max-ns' },
  'machine.pseries.cap-nested-hv': { object: ['pseries', 'cap-nested-hv'] },
  'egl-headless.rendernode': { schema: 'query-display-options/ret/+egl-headless/rendernode' },
  'memory-backend-file.pmem': { object: ['memory-backend-file', 'pmem'] },
  'nvdimm.unarmed': { property: ['nvdimm', 'unarmed'] },
  'virtio-pci-non-transitional': { type: 'virtio-blk-pci-non-transitional' },
  'machine.virt.iommu': { object: ['virt', 'iommu'] },
  'nbd-bitmap': { schema: 'nbd-server-add/arg/bitmap' },
  'x86-max-cpu': { type: 'max-x86_64-cpu' },
  'cpu-unavailable-features': { object: ['max-x86_64-cpu', 'unavailable-features'] },
  'canonical-cpu-features': { flags: ['cpu-unavailable-features'] },
  'bochs-display': { type: 'bochs-display' },
  'migration-file-drop-cache': { schema: 'blockdev-add/arg/+file/drop-cache' },
  'dbus-vmstate': { type: 'dbus-vmstate' },
  'vhost-user-gpu': { type: 'vhost-user-gpu' },
  'vhost-user-vga': { type: 'vhost-user-vga' },
  'incremental-backup': { flags: ['blockdev-reopen', 'migration-param.block-bitmap-mapping'] },
  'query-cpu-model-baseline': { command: 'query-cpu-model-baseline' },
  'query-cpu-model-comparison': { command: 'query-cpu-model-comparison' },
  'ramfb': { type: 'ramfb' },
  'machine.pseries.cap-ccf-assist': { object: ['pseries', 'cap-ccf-assist'] },
  'arm-max-cpu': { type: 'max-arm-cpu' },
  'drive-nvme': { schema: 'blockdev-add/arg/+nvme' },
  'smp-dies': { option: ['smp-opts', 'dies'] },
  'i8042': { type: 'i8042' },
  'rng-builtin': { type: 'rng-builtin' },
  'tpm-spapr': { tpmModel: 'tpm-spapr' },
  'cpu.kvm-no-adjvtime': { object: ['max-arm-cpu', 'kvm-no-adjvtime'] },
  'vhost-user-fs': { type: 'vhost-user-fs-device' },
  'query-named-block-nodes.flat': { schema: 'query-named-block-nodes/arg/flat' },
  'blockdev-snapshot.allow-write-only-overlay': { schema: 'blockdev-snapshot/#allow-write-only-overlay' },
  'blockdev-reopen': { command: 'blockdev-reopen' },
  'fsdev.multidevs': { option: ['fsdev', 'multidevs'] },
  'pcie-root-port.hotplug': { property: ['pcie-root-port', 'hotplug'] },
  'aio.io_uring': { schema: 'blockdev-add/arg/+file/aio/=io_uring' },
  'machine.pseries.cap-cfpc': { object: ['pseries', 'cap-cfpc'] },
  'machine.pseries.cap-sbbc': { object: ['pseries', 'cap-sbbc'] },
  'machine.pseries.cap-ibs': { object: ['pseries', 'cap-ibs'] },
  'tcg': { type: 'tcg-accel' },
  'virtio-blk-pci.scsi.default.disabled': { property: [VIRTIO_BLK, 'scsi'], propertyDefault: false },
  'pvscsi': { type: 'pvscsi' },
  'cpu.migratable': { object: ['max-x86_64-cpu', 'migratable'] },
  'intel-iommu.aw-bits': { property: ['intel-iommu', 'aw-bits'] },
  'spapr-tpm-proxy': { type: 'spapr-tpm-proxy' },
  'numa.hmat': { schema: 'set-numa-node/arg/+hmat-lb' },
  'usb-host.hostdevice': { property: ['usb-host', 'hostdevice'] },
  'virtio-balloon.free-page-reporting': { property: [VIRTIO_BALLOON, 'free-page-reporting'] },
  'block-export-add': { command: 'block-export-add' },
  'netdev.vhost-vdpa': { schema: 'netdev_add/arg/+vhost-vdpa' },
  // the sun4m machines have the chip on board, no device of that name exists
  'ncr53c90': { arch: ['sparc'] },
  'dc390': { type: 'dc390' },
  'am53c974': { type: 'am53c974' },
  'virtio-pmem-pci': { type: 'virtio-pmem-pci' },
  'vhost-user-fs.bootindex': { property: ['vhost-user-fs-device', 'bootindex'] },
  'vhost-user-blk': { type: 'vhost-user-blk' },
  'cpu-max': { cpuModel: 'max' },
  'memory-backend-file.x-use-canonical-path-for-ramblock-id': { object: ['memory-backend-file', 'x-use-canonical-path-for-ramblock-id'] },
  'migration-param.block-bitmap-mapping': { schema: 'migrate-set-parameters/arg/block-bitmap-mapping/bitmaps/transform' },
  'vnc-power-control': { option: ['vnc', 'power-control'] },
  'object.qapified': { schema: 'object-add/arg/qom-type/=secret' },
  'rotation-rate': { property: ['scsi-hd', 'rotation_rate'] },
  'compat-deprecated': { since: 6_000_000 },
  'acpi-index': { property: [VIRTIO_NET, 'acpi-index'] },
  'input-linux': { type: 'input-linux' },
  'virtio-gpu-gl-pci': { type: 'virtio-gpu-gl-pci' },
  'virtio-vga-gl': { type: 'virtio-vga-gl' },
  'confidential-guest-support': { object: ['none', 'confidential-guest-support'] },
  's390-pv-guest': { type: 's390-pv-guest' },
  'set-action': { command: 'set-action' },
  'virtio-blk.queue-size': { property: [VIRTIO_BLK, 'queue-size'] },
  'virtio-mem-pci': { type: 'virtio-mem-pci' },
  'memory-backend-file.reserve': { object: ['memory-backend-file', 'reserve'] },
  'piix4.acpi-root-pci-hotplug': { property: ['PIIX4_PM', 'acpi-root-pci-hotplug'] },
  // -netdev takes JSON since the release that brought this backend; nothing tells it directly
  'netdev.json': { schema: 'netdev_add/arg/+stream' },
  'query-dirty-rate': { command: 'query-dirty-rate' },
  'rbd-encryption': { schema: 'blockdev-add/arg/+rbd/encrypt' },
  'sev-guest-kernel-hashes': { schema: 'object-add/arg/+sev-guest/kernel-hashes' },
  'sev-inject-launch-secret': { command: 'sev-inject-launch-secret' },
  'device.json+hotplug': { schema: 'device_add/#json-cli-hotplug' },
  'hvf': { type: 'hvf-accel' },
  'virtio-mem-pci.prealloc': { property: ['virtio-mem-pci', 'prealloc'] },
  'calc-dirty-rate': { command: 'calc-dirty-rate' },
  'dirtyrate-param.mode': { schema: 'calc-dirty-rate/arg/mode' },
  'blockdev.nbd.tls-hostname': { schema: 'blockdev-add/arg/+nbd/tls-hostname' },
  'memory-backend-file.prealloc-threads': { object: ['memory-backend-file', 'prealloc-threads'] },
  'virtio-iommu-pci': { type: 'virtio-iommu-pci' },
  'virtio-iommu.boot-bypass': { property: ['virtio-iommu-pci', 'boot-bypass'] },
  'virtio-net.rss': { property: [VIRTIO_NET, 'rss'] },
  'chardev.qemu-vdagent': { schema: 'chardev-add/arg/backend/+qemu-vdagent' },
  'display-dbus': { schema: 'query-display-options/ret/+dbus' },
  'iothread.thread-pool-max': { schema: 'object-add/arg/+iothread/thread-pool-max' },
  'usb-host.guest-resets-all': { property: ['usb-host', 'guest-resets-all'] },
  'migration.blocked-reasons': { schema: 'query-migrate/ret/blocked-reasons' },
  'query-stats': { command: 'query-stats' },
  'query-stats-schemas': { command: 'query-stats-schemas' },
  'sgx-epc': { type: 'sgx-epc', fact: 'sgx' },
  'thread-context': { type: 'thread-context' },
  'screenshot-format-png': { schema: 'screendump/arg/format/=png' },
  'machine-hpet': { option: ['machine', 'hpet'] },
  'netdev.stream': { schema: 'netdev_add/arg/+stream' },
}

/** The device types whose properties some rule reads */
export function devicesToList(): string[] {
  const types = Object.values(FLAG_RULES).flatMap((rule) => rule.property?.[0] ?? []);
  return [...new Set(types)];
}

/** The object, CPU and machine types whose properties some rule reads */
export function objectsToList(): string[] {
  const types = Object.values(FLAG_RULES).flatMap((rule) => rule.object?.[0] ?? []);
  return [...new Set(types)];
}

/** The flags that hold for what QEMU told, in document order */
export function deriveFlags(facts: ProbeFacts): Set<QemuFlag> {
  const flags = new Set<QemuFlag>();
  const derived = (Object.entries(FLAG_RULES) as [QemuFlag, FlagRule][]).filter(([flag, rule]) => {
    if (rule.flags !== undefined) return true;
    if (holds(rule, facts)) flags.add(flag);
    return false;
  });
  for (const [flag, rule] of derived) {
    if (rule.flags?.every((other) => flags.has(other)) === true) flags.add(flag);
  }
  return flags;
}

function holds(rule: FlagRule, facts: ProbeFacts): boolean {
  return (
    (rule.command === undefined || facts.commands.has(rule.command)) &&
    (rule.schema === undefined || facts.schema.has(rule.schema)) &&
    (rule.type === undefined || [rule.type].flat().some((type) => facts.types.has(type))) &&
    (rule.property === undefined || hasProperty(rule.property, facts, rule.propertyDefault)) &&
    (rule.object === undefined || hasProperty(rule.object, facts)) &&
    (rule.option === undefined || hasOption(rule.option, facts)) &&
    (rule.migration === undefined || facts.migration.has(rule.migration)) &&
    (rule.tpmModel === undefined || facts.tpmModels.has(rule.tpmModel)) &&
    (rule.tpmType === undefined || facts.tpmTypes.has(rule.tpmType)) &&
    (rule.cpuModel === undefined || facts.cpuModels.has(rule.cpuModel)) &&
    (rule.arch === undefined || rule.arch.includes(facts.arch)) &&
    (rule.since === undefined || facts.version >= rule.since) &&
    (rule.before === undefined || facts.version < rule.before) &&
    (rule.fact === undefined || facts[rule.fact]) &&
    (rule.not === undefined || !holds(rule.not, facts))
  );
}

function hasProperty(
  [types, property]: NonNullable<FlagRule['property']>,
  facts: ProbeFacts,
  value?: unknown,
): boolean {
  return [types].flat().some((type) => {
    const properties = facts.properties.get(type as string);
    return properties?.has(property) === true && (value === undefined || properties.get(property) === value);
  });
}

function hasOption([option, parameter]: NonNullable<FlagRule['option']>, facts: ProbeFacts): boolean {
  const parameters = facts.options.get(option);
  return parameters !== undefined && (parameter === undefined || parameters.has(parameter));
}
