import type { ControllerDef, ControllerOf, DomainDef, DomainParseOptions } from '@virtkit/core/conf';
import type { QemuCaps } from '../../capabilities/index.js';
import { configUnsupported, internalError, xmlError } from '../../errors.js';
import { hasBuiltinEsp, isArmVirt, isI440fx, isPpc64, isPSeries, isQ35, isS390 } from '../../machine.js';

/** qemuDomainControllerDefPostParse: the model of a controller whose document names none. */
export function postParseController(
  controller: ControllerDef,
  def: DomainDef,
  caps: QemuCaps | undefined,
  parse: DomainParseOptions,
): void {
  if (controller.type === 'pci') return checkPciController(controller, def);
  if (controller.type === 'usb') {
    if (controller.model === 'qusb1' || controller.model === 'qusb2')
      throw configUnsupported("USB controller model type 'qusb1' or 'qusb2' is not supported in qemu");
    checkXhciPorts(controller);
  }
  if (controller.type === 'scsi' && (controller.model === undefined || controller.model === 'auto')) {
    const model = defaultScsiModel(def, caps);
    if (model !== undefined) controller.model = model;
  } else if (controller.type === 'usb' && controller.model === undefined && caps !== undefined) {
    // A mainframe has no USB, unless somebody went so far as to give it a place.
    if (isS390(def) && controller.address !== undefined) return;
    const model = defaultUsbModel(def, caps, parse.abiUpdate === true);
    if (model !== undefined) controller.model = model;
  }
}

/** Ports of an XHCI controller, of which each is two: USB 2 and USB 3. */
const XHCI_PORTS = 15;

function checkXhciPorts({ model, ports }: ControllerOf<'usb'>): void {
  if ((model === 'qemu-xhci' || model === 'nec-xhci') && ports !== undefined && ports > XHCI_PORTS)
    throw configUnsupported(`'${model}' controller only supports up to '${XHCI_PORTS}' ports`);
}

/** Whether a PCI controller can be in this machine at all. */
function checkPciController({ model, index, target }: ControllerOf<'pci'>, def: DomainDef): void {
  if ((model === 'pci-root' || model === 'pcie-root') && index !== 0 && !isPSeries(def))
    throw xmlError('pci-root and pcie-root controllers should have index 0');
  if (model === 'pci-expander-bus' && !isI440fx(def))
    throw configUnsupported('pci-expander-bus controllers are only supported on 440fx-based machinetypes');
  if (model === 'pcie-expander-bus' && !isQ35(def) && !isArmVirt(def))
    throw configUnsupported('pcie-expander-bus controllers are not supported with this machine type');
  if (model === undefined) throw internalError('PCI controller model was not set correctly');
  const cells = def.cpu?.numa?.cell.length ?? 0;
  const node = target?.node;
  if (node !== undefined && node >= cells)
    throw xmlError(
      `${model ?? 'pci'} with index ${index} is configured for a NUMA node (${node}) not present in the domain's <cpu><numa> array (${cells})`,
    );
}

type ScsiModel = ControllerOf<'scsi'>['model'];

/** qemuDomainDefaultSCSIControllerModel */
function defaultScsiModel(def: DomainDef, caps: QemuCaps | undefined): ScsiModel | undefined {
  if (hasBuiltinEsp(def)) return 'ncr53c90';
  if (isPSeries(def)) return 'ibmvscsi';
  if (isS390(def)) return 'virtio-scsi';
  if (caps?.has('lsi') === true) return 'lsilogic';
  return caps?.has('virtio-scsi-pci') === true ? 'virtio-scsi' : undefined;
}

type UsbModel = ControllerOf<'usb'>['model'];

/** qemuDomainDefaultUSBControllerModel; old definitions of ppc64 keep the controller they were made with. */
function defaultUsbModel(def: DomainDef, caps: QemuCaps, abiUpdate: boolean): UsbModel | undefined {
  const { arch } = def.os.type;
  if (isS390(def)) return 'none';
  if (isPpc64(def)) {
    if (abiUpdate && caps.has('qemu-xhci')) return 'qemu-xhci';
    if (abiUpdate && caps.has('nec-usb-xhci')) return 'nec-xhci';
    return caps.has('pci-ohci') ? 'pci-ohci' : undefined;
  }
  if (arch === 'aarch64') {
    if (caps.has('qemu-xhci')) return 'qemu-xhci';
    return caps.has('nec-usb-xhci') ? 'nec-xhci' : undefined;
  }
  return caps.has('piix3-usb-uhci') ? 'piix3-uhci' : undefined;
}
