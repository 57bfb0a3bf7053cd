import type { ControllerDef, ControllerOf, DomainDef } from '@virtkit/core/conf';
import type { QemuFlag } from '../../capabilities/index.js';
import { configUnsupported, internalError } from '../../errors.js';
import { hasBuiltinIde, isI440fx, isPSeries, isQ35 } from '../../machine.js';
import { need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainDeviceDefController */
export function checkController(controller: ControllerDef, subject: Subject): void {
  const { driver = {} } = controller;
  if (controller.type !== 'scsi')
    for (const key of ['queues', 'cmd_per_lun', 'max_sectors', 'ioeventfd'] as const)
      refuseIf(driver[key] !== undefined, `'${key}' is only supported by virtio-scsi controller`);
  switch (controller.type) {
    case 'ide':
      // The chipset has one, and no other can be had.
      refuseIf(!hasBuiltinIde(subject.def), 'IDE controllers are unsupported for this QEMU binary or machine type');
      refuseIf(controller.index !== 0, 'Only a single IDE controller is supported for this machine type');
      break;
    case 'usb':
      refuseIf(
        controller.model === 'qusb1' || controller.model === 'qusb2',
        `USB controller model type 'qusb1' or 'qusb2' is not supported in ${subject.def.type}`,
      );
      break;
    case 'sata':
      need(subject, 'ich9-ahci', 'SATA is not supported with this QEMU binary');
      break;
    case 'scsi':
      checkScsi(controller, subject);
      break;
    case 'pci':
      checkPci(controller, subject);
      break;
    case 'xenbus':
      throw configUnsupported('Unsupported controller type: xenbus');
  }
}

const SCSI_FLAGS: Readonly<Record<string, QemuFlag>> = {
  lsilogic: 'lsi',
  'virtio-scsi': 'virtio-scsi-pci',
  lsisas1068: 'mptsas1068',
  lsisas1078: 'megasas',
  vmpvscsi: 'pvscsi',
  ncr53c90: 'ncr53c90',
};

function checkScsi(controller: ControllerOf<'scsi'>, subject: Subject): void {
  const { model, driver = {} } = controller;
  const isVirtio = model?.startsWith('virtio') === true;
  for (const key of ['queues', 'cmd_per_lun', 'max_sectors', 'ioeventfd'] as const)
    refuseIf(driver[key] !== undefined && !isVirtio, `'${key}' is only supported by virtio-scsi controller`);
  if (driver.iothread !== undefined) {
    refuseIf(!isVirtio, "'iothread' attribute only supported for virtio-scsi controllers");
    const { address } = controller;
    refuseIf(
      address !== undefined && address.type !== 'pci' && address.type !== 'ccw',
      "'iothread' attribute only available for pci and ccw controllers",
    );
    refuseIf(
      !hasIothread(subject.def, driver.iothread),
      `controller iothread '${driver.iothread}' not defined in iothreadid`,
    );
  }
  if (model === undefined) return;
  refuseIf(model === 'buslogic' || model === 'auto', `Unsupported controller model: ${model}`);
  const flag = SCSI_FLAGS[model];
  if (flag !== undefined && !(isVirtio && subject.caps.has('virtio-ccw')))
    need(subject, flag, `This QEMU doesn't support the ${model} SCSI controller`);
}

/** Whether there is an I/O thread of a number; those that are only counted take the lowest free ones. */
export function hasIothread({ iothreadids, iothreads = 0 }: DomainDef, id: number): boolean {
  const named = new Set(iothreadids?.iothread.map((thread) => thread.id));
  if (named.has(id)) return true;
  let unnamed = iothreads - named.size;
  for (let next = 1; unnamed > 0; next++) {
    if (named.has(next)) continue;
    if (next === id) return true;
    unnamed--;
  }
  return false;
}

type PciController = ControllerOf<'pci'>;
const TARGETS = ['chassisNr', 'chassis', 'port', 'busNr', 'index'] as const;
type Target = (typeof TARGETS)[number];

interface PciTraits {
  readonly names: readonly string[];
  readonly required: readonly Target[];
  readonly node?: true;
}

/** What every model of PCI controller has to say of itself by the time it is checked, and what it may say. */
const PCI: Partial<Record<NonNullable<PciController['model']>, PciTraits>> = {
  'pci-bridge': { names: ['pci-bridge'], required: ['chassisNr'] },
  'dmi-to-pci-bridge': { names: ['i82801b11-bridge'], required: [] },
  'pcie-to-pci-bridge': { names: ['pcie-pci-bridge'], required: [] },
  'pcie-root-port': { names: ['ioh3420', 'pcie-root-port'], required: ['chassis', 'port'] },
  'pcie-switch-upstream-port': { names: ['x3130-upstream'], required: [] },
  'pcie-switch-downstream-port': { names: ['xio3130-downstream'], required: ['chassis', 'port'] },
  'pci-expander-bus': { names: ['pxb'], required: ['busNr'], node: true },
  'pcie-expander-bus': { names: ['pxb-pcie'], required: ['busNr'], node: true },
};

/** What an emulator must have for each kind of bridge. */
const DEVICE_FLAGS: Readonly<Record<string, QemuFlag>> = {
  'pci-bridge': 'pci-bridge',
  'i82801b11-bridge': 'dmi-to-pci-bridge',
  ioh3420: 'ioh3420',
  'x3130-upstream': 'x3130-upstream',
  'xio3130-downstream': 'xio3130-downstream',
  pxb: 'pxb',
  'pxb-pcie': 'pxb-pcie',
  'pcie-root-port': 'pcie-root-port',
  'spapr-pci-host-bridge': 'spapr-pci-host-bridge',
  'pcie-pci-bridge': 'pcie-pci-bridge',
};

/** qemuValidateDomainDeviceDefControllerPCI */
function checkPci(controller: PciController, { def, caps }: Subject): void {
  const { model, modelName, target = {}, pcihole64, index } = controller;
  if (model === undefined) throw internalError('PCI controller has no model: name one');
  const name = modelName?.name;
  const who = `for PCI controller with index '${index}', model '${model}' and modelName '${name ?? 'none'}'`;
  const traits = PCI[model];
  if (traits === undefined)
    refuseIf(name !== undefined && !(model === 'pci-root' && isPSeries(def)), `Option 'modelName' is not valid ${who}`);
  else {
    if (name === undefined) throw internalError(`Required option 'modelName' is not set ${who}`);
    refuseIf(!traits.names.includes(name), `Option 'modelName' has invalid value ${who}`);
  }
  if (model === 'pci-root' && isPSeries(def) && target.index !== undefined)
    refuseIf(
      (index === 0) !== (target.index === 0),
      'Only the PCI controller with index 0 can have target index 0, and vice versa',
    );
  const flag = DEVICE_FLAGS[name ?? ''];
  refuseIf(flag !== undefined && !caps.has(flag), `The '${name ?? ''}' device is not supported by this QEMU binary`);
  const isPhb = model === 'pci-root' && name === 'spapr-pci-host-bridge';
  const required = isPhb ? (['index'] as const) : (traits?.required ?? []);
  for (const key of TARGETS) {
    const wanted = (required as readonly Target[]).includes(key);
    if (wanted && target[key] === undefined) throw internalError(`Required option '${key}' is not set ${who}`);
    refuseIf(!wanted && target[key] !== undefined, `Option '${key}' is not valid ${who}`);
  }
  refuseIf(target.node !== undefined && traits?.node !== true && !isPhb, `Option 'numaNode' is not valid ${who}`);
  refuseIf(isPhb && index === 0 && target.node !== undefined, `Option 'numaNode' is not valid ${who}`);
  for (const [key, most] of [
    ['chassisNr', 255],
    ['busNr', 254],
  ] as const) {
    const value = target[key];
    refuseIf(
      value !== undefined && (value < 1 || value > most),
      `PCI controller ${key} '${value ?? ''}' out of range - must be 1-${most}`,
    );
  }
  if (target.hotplug !== undefined)
    refuseIf(
      model !== 'pcie-root-port' && model !== 'pcie-switch-downstream-port' && model !== 'pci-root',
      `Option 'hotplug' is not valid ${who}`,
    );
  if (target.hotplug !== undefined) {
    const flag = model === 'pci-root' ? 'piix4.acpi-root-pci-hotplug' : 'pcie-root-port.hotplug';
    const kind = model === 'pci-root' ? 'pci-root' : (name ?? model);
    refuseIf(
      !caps.has(flag),
      `setting the 'hotplug' property on a '${kind}' device is not supported by this QEMU binary`,
    );
  }
  if (pcihole64 !== undefined && pcihole64 !== 0)
    refuseIf(
      !(model === 'pci-root' && isI440fx(def)) && !(model === 'pcie-root' && isQ35(def)),
      `Setting the 64-bit PCI hole size is not supported for machine '${def.os.type.machine ?? ''}'`,
    );
}
