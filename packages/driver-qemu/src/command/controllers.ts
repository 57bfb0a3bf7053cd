import type { ControllerDef, ControllerOf, DomainDef } from '@virtkit/core/conf';
import type { QemuFlag } from '../capabilities/index.js';
import { configUnsupported, internalError } from '../errors.js';
import { hasBuiltinIde, isArmVirt, isI440fx, isPSeries, isQ35, isRiscvVirt, isS390 } from '../machine.js';
import type { ArgList, Props } from './arg-list.js';
import { addressProps, controllerAlias } from './device-address.js';
import { virtioProps } from './virtio.js';

/** Kinds in the order in which QEMU gets them: a controller can only stand on one that is there. */
const ORDER = ['pci', 'usb', 'scsi', 'ide', 'sata', 'virtio-serial'] as const;

/** These may stand on hubs. */
export const ON_HUBS = ['ccid'] as const;

/** qemuBuildControllersCommandLine */
export function addControllers(args: ArgList, def: DomainDef, types: readonly ControllerDef['type'][] = ORDER): void {
  const { controller: controllers } = def.devices;
  for (const type of types)
    for (const controller of controllers) if (controller.type === type) addController(args, def, controller);
}

/** qemuBuildLegacyUSBControllerCommandLine: boards that bring a bus of their own, unless there is one or none is wanted. */
export function addLegacyUsb(args: ArgList, def: DomainDef): void {
  const { controller: controllers } = def.devices;
  if (controllers.some(({ type }) => type === 'usb')) return;
  if (!isQ35(def) && !isArmVirt(def) && !isRiscvVirt(def) && !isS390(def)) args.add('-usb');
}

function addController(args: ArgList, def: DomainDef, controller: ControllerDef): void {
  const props = controllerProps(args, def, controller);
  if (props === undefined) return;
  args.device(props, addressProps(def, controller));
}

const id = (controller: ControllerDef): string => controller.alias?.name ?? '';

function controllerProps(args: ArgList, def: DomainDef, controller: ControllerDef): Props | undefined {
  switch (controller.type) {
    case 'pci':
      return pciProps(args, def, controller);
    case 'usb':
      return usbProps(args, def, controller);
    case 'scsi':
      return scsiProps(args, def, controller);
    case 'virtio-serial':
      return {
        ...virtioProps('virtio-serial', controller, args.caps, controller.model, controller.driver),
        id: id(controller),
        max_ports: controller.ports,
        vectors: controller.vectors,
      };
    case 'sata':
      // The first is part of the chipset.
      if (controller.index === 0 && isQ35(def)) return undefined;
      return { driver: 'ahci', id: id(controller) };
    case 'ide':
      if (controller.index === 0 && hasBuiltinIde(def)) return undefined;
      throw configUnsupported(
        hasBuiltinIde(def)
          ? 'Only a single IDE controller is supported for this machine type'
          : 'IDE controllers are unsupported for this QEMU binary or machine type',
      );
    case 'ccid':
      return { driver: 'usb-ccid', id: id(controller) };
    default:
      return undefined;
  }
}

const NOTHING: NonNullable<ControllerOf<'pci'>['target']> = {};

const PCI_DRIVERS: Readonly<Record<string, string>> = {
  'pci-bridge': 'pci-bridge',
  'i82801b11-bridge': 'i82801b11-bridge',
  'pcie-pci-bridge': 'pcie-pci-bridge',
  'pcie-root-port': 'pcie-root-port',
  ioh3420: 'ioh3420',
  'x3130-upstream': 'x3130-upstream',
  'xio3130-downstream': 'xio3130-downstream',
  pxb: 'pxb',
  'pxb-pcie': 'pxb-pcie',
  'spapr-pci-host-bridge': 'spapr-pci-host-bridge',
};

function pciProps(args: ArgList, def: DomainDef, controller: ControllerOf<'pci'>): Props | undefined {
  const { model, index, target = NOTHING } = controller;
  const driver = PCI_DRIVERS[controller.modelName?.name ?? ''] ?? '';
  const alias = id(controller);
  switch (model) {
    case undefined:
    case 'pcie-root':
      return undefined;
    case 'pci-root':
      // The first root is the board's own; further ones exist on pSeries only.
      if (!isPSeries(def) || (target.index ?? index) === 0) return undefined;
      return {
        driver,
        index: target.index ?? 0,
        id: alias,
        numa_node: target.node,
      };
    case 'pci-bridge':
      return { driver, chassis_nr: target.chassisNr ?? index, id: alias };
    case 'pcie-root-port':
    case 'pcie-switch-downstream-port':
      return {
        driver,
        port: target.port ?? 0,
        chassis: target.chassis ?? index,
        id: alias,
        hotplug: args.caps.has('pcie-root-port.hotplug') ? target.hotplug : undefined,
      };
    case 'pci-expander-bus':
    case 'pcie-expander-bus':
      return {
        driver,
        bus_nr: target.busNr ?? 0,
        id: alias,
        numa_node: target.node,
      };
    default:
      return { driver, id: alias };
  }
}

const USB_DRIVERS: Readonly<Record<string, string>> = {
  'piix3-uhci': 'piix3-usb-uhci',
  'piix4-uhci': 'piix4-usb-uhci',
  ehci: 'usb-ehci',
  'ich9-ehci1': 'ich9-usb-ehci1',
  'ich9-uhci1': 'ich9-usb-uhci1',
  'ich9-uhci2': 'ich9-usb-uhci2',
  'ich9-uhci3': 'ich9-usb-uhci3',
  'vt82c686b-uhci': 'vt82c686b-usb-uhci',
  'pci-ohci': 'pci-ohci',
  'nec-xhci': 'nec-usb-xhci',
  'qemu-xhci': 'qemu-xhci',
};

/** Kinds whose number of ports QEMU can be told. */
const WITH_PORTS: ReadonlySet<string | undefined> = new Set(['nec-xhci', 'qemu-xhci']);

function usbProps(args: ArgList, def: DomainDef, controller: ControllerOf<'usb'>): Props | undefined {
  const { model, ports, master, index } = controller;
  if (model === 'none') return undefined;
  const driver = USB_DRIVERS[model ?? ''];
  if (driver === undefined) return undefined;
  const flag = USB_FLAGS[driver] ?? (driver as QemuFlag);
  if (!args.caps.has(flag))
    throw configUnsupported(`USB controller model '${model ?? ''}' not supported in this QEMU binary`);
  if (ports !== undefined && !WITH_PORTS.has(model))
    throw configUnsupported(`usb controller type '${model ?? ''}' doesn't support 'ports' with this QEMU binary`);
  if (master !== undefined && !hasUsbMaster(def, index)) throw internalError('masterbus not found');
  return {
    driver,
    p2: ports,
    p3: ports,
    ...(master === undefined
      ? { id: id(controller) }
      : { masterbus: `${controllerAlias(def, 'usb', controller.index)}.0`, firstport: master.startport }),
  };
}

const USB_FLAGS: Readonly<Record<string, QemuFlag>> = {
  'ich9-usb-uhci1': 'ich9-usb-ehci1',
  'ich9-usb-uhci2': 'ich9-usb-ehci1',
  'ich9-usb-uhci3': 'ich9-usb-ehci1',
};

const hasUsbMaster = ({ devices }: DomainDef, index: number): boolean =>
  devices.controller.some((one) => one.type === 'usb' && one.index === index && one.master === undefined);

const SCSI_DRIVERS: Readonly<Record<string, string>> = {
  lsilogic: 'lsi',
  lsisas1068: 'mptsas1068',
  lsisas1078: 'megasas',
  vmpvscsi: 'pvscsi',
  ibmvscsi: 'spapr-vscsi',
  dc390: 'dc-390',
  am53c974: 'am53c974',
};

function scsiProps(args: ArgList, def: DomainDef, controller: ControllerOf<'scsi'>): Props | undefined {
  const { model, driver } = controller;
  if (model === 'ncr53c90') return undefined;
  if (model === 'virtio-scsi' || model === 'virtio-transitional' || model === 'virtio-non-transitional') {
    return {
      ...virtioProps('virtio-scsi', controller, args.caps, model, driver),
      iothread: driver?.iothread === undefined ? undefined : `iothread${driver.iothread}`,
      id: id(controller),
      ...queueProps(driver),
    };
  }
  const name = SCSI_DRIVERS[model ?? ''];
  if (name === undefined) throw configUnsupported(`Unsupported controller model: ${model ?? 'none'}`);
  return { driver: name, id: id(controller), ...queueProps(driver) };
}

function queueProps(driver: ControllerDef['driver']): Props {
  return {
    num_queues: driver?.queues,
    cmd_per_lun: driver?.cmd_per_lun,
    max_sectors: driver?.max_sectors,
    ioeventfd: driver?.ioeventfd,
  };
}

/** qemuBuildGlobalControllerCommandLine: what of the chipset's own host bridge is set. */
export function addGlobalControllers(args: ArgList, def: DomainDef): void {
  for (const controller of def.devices.controller) {
    if (controller.type !== 'pci' || controller.pcihole64 === undefined) continue;
    const bridge = isI440fx(def) ? 'i440FX-pcihost' : isQ35(def) ? 'q35-pcihost' : undefined;
    if (bridge !== undefined && (controller.model === 'pci-root' || controller.model === 'pcie-root'))
      args.add('-global', `${bridge}.pci-hole64-size=${controller.pcihole64}K`);
  }
}
