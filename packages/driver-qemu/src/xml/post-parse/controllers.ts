import type { ControllerDef, ControllerOf, DomainDef, DomainParseOptions } from '@virtkit/core/conf';
import type { QemuCaps } from '../../capabilities/index.js';
import { hasBuiltinEsp, isPpc64, isPSeries, isS390 } from '../../machine.js';

/** qemuDomainControllerDefPostParse: the model of a controller whose document names none. */
export function postParseController(
  controller: ControllerDef,
  def: DomainDef,
  caps: QemuCaps | undefined,
  parse: DomainParseOptions,
): void {
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

type ScsiModel = ControllerOf<'scsi'>['model'];

/** qemuDomainDefaultSCSIControllerModel */
export function defaultScsiModel(def: DomainDef, caps: QemuCaps | undefined): ScsiModel | undefined {
  if (hasBuiltinEsp(def)) return 'ncr53c90';
  if (isPSeries(def)) return 'ibmvscsi';
  if (isS390(def)) return 'virtio-scsi';
  if (caps?.has('lsi') === true) return 'lsilogic';
  return caps?.has('virtio-scsi-pci') === true ? 'virtio-scsi' : undefined;
}

type UsbModel = ControllerOf<'usb'>['model'];

/** qemuDomainDefaultUSBControllerModel; old definitions of ppc64 keep the controller they were made with. */
export function defaultUsbModel(def: DomainDef, caps: QemuCaps, abiUpdate: boolean): UsbModel | undefined {
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
