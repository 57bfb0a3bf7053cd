import type { LibvirtError } from '../../../util/index.js';
import {
  attr,
  attrOr,
  child,
  type ElementCodec,
  elementOf,
  type Fields,
  int,
  intWith,
  invalidAttribute,
  leaf,
  oneOf,
  onOff,
  part,
  type Scalar,
  scaled,
  uint,
  uintWith,
  variants,
  type XmlNode,
} from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { type VirtioOptions, virtioOptions } from '../common/virtio-options.js';
import { refusedAs, wrong } from '../common/problems.js';

export const USB_CONTROLLER_MODELS = [
  'piix3-uhci',
  'piix4-uhci',
  'ehci',
  'ich9-ehci1',
  'ich9-uhci1',
  'ich9-uhci2',
  'ich9-uhci3',
  'vt82c686b-uhci',
  'pci-ohci',
  'nec-xhci',
  'qusb1',
  'qusb2',
  'qemu-xhci',
  'none',
] as const;
export const SCSI_CONTROLLER_MODELS = [
  'auto',
  'buslogic',
  'lsilogic',
  'lsisas1068',
  'vmpvscsi',
  'ibmvscsi',
  'virtio-scsi',
  'lsisas1078',
  'virtio-transitional',
  'virtio-non-transitional',
  'ncr53c90',
  'dc390',
  'am53c974',
] as const;
export const PCI_CONTROLLER_MODELS = [
  'pci-root',
  'pcie-root',
  'pci-bridge',
  'dmi-to-pci-bridge',
  'pcie-to-pci-bridge',
  'pcie-root-port',
  'pcie-switch-upstream-port',
  'pcie-switch-downstream-port',
  'pci-expander-bus',
  'pcie-expander-bus',
] as const;
export const PCI_MODEL_NAMES = [
  'none',
  'pci-bridge',
  'i82801b11-bridge',
  'ioh3420',
  'x3130-upstream',
  'xio3130-downstream',
  'pxb',
  'pxb-pcie',
  'pcie-root-port',
  'spapr-pci-host-bridge',
  'pcie-pci-bridge',
] as const;
export const VIRTIO_MODELS = ['virtio', 'virtio-transitional', 'virtio-non-transitional'] as const;

export interface ControllerDriverDef extends VirtioOptions {
  queues?: number;
  cmd_per_lun?: number;
  max_sectors?: number;
  ioeventfd?: boolean;
  iothread?: number;
}

interface ControllerBody extends DeviceInfo {
  /** -1 until one is assigned. */
  index: number;
  driver?: ControllerDriverDef;
  master?: { startport: number };
}

export interface PciTargetDef {
  chassisNr?: number;
  chassis?: number;
  port?: number;
  busNr?: number;
  index?: number;
  hotplug?: boolean;
  node?: number;
}

export type ControllerVariant =
  | { type: 'usb'; model?: (typeof USB_CONTROLLER_MODELS)[number]; ports?: number }
  | { type: 'scsi'; model?: (typeof SCSI_CONTROLLER_MODELS)[number] }
  | {
      type: 'pci';
      model?: (typeof PCI_CONTROLLER_MODELS)[number];
      modelName?: { name: (typeof PCI_MODEL_NAMES)[number] };
      target?: PciTargetDef;
      pcihole64?: number;
    }
  | { type: 'virtio-serial'; model?: (typeof VIRTIO_MODELS)[number]; ports?: number; vectors?: number }
  | { type: 'xenbus'; model?: string; maxGrantFrames?: number; maxEventChannels?: number }
  | { type: 'ide'; model?: 'piix3' | 'piix4' | 'ich6' }
  | { type: 'isa' | 'fdc' | 'sata' | 'ccid'; model?: string };

/** virDomainControllerDef */
export type ControllerDef = ControllerBody & ControllerVariant;
export type ControllerType = ControllerDef['type'];
/** The models of all types together. */
export type ControllerModel = NonNullable<Extract<ControllerDef, { model?: unknown }>['model']>;
/** A controller of one type. */
export type ControllerOf<T extends ControllerType> = Extract<ControllerDef, { type: T }>;

/** Which ports of their masters the parts of a USB2 controller serve. */
const COMPANIONS: Readonly<Record<string, { startport: number }>> = {
  'ich9-uhci1': { startport: 0 },
  'ich9-uhci2': { startport: 2 },
  'ich9-uhci3': { startport: 4 },
};

const driver = elementOf<ControllerDriverDef>(
  'driver',
  {
    queues: attr(uint, { unset: 0 }),
    cmd_per_lun: attr(uint, { unset: 0 }),
    max_sectors: attr(uint, { unset: 0 }),
    ioeventfd: attr(onOff),
    iothread: attr(uint, { unset: 0 }),
    ...virtioOptions,
  },
  { omitEmpty: true },
);

const anyBase = (max: number) => attr(uintWith({ anyBase: true, max }));
const byte = anyBase(255);

const pciTarget = elementOf<PciTargetDef>(
  'target',
  {
    chassisNr: byte,
    chassis: byte,
    port: attr({ ...uintWith({ anyBase: true, max: 255 }), format: (value) => `0x${value.toString(16)}` }),
    busNr: byte,
    index: attr(uintWith({ anyBase: true })),
    hotplug: attr(onOff),
    node: leaf(uint),
  },
  { omitEmpty: true },
);

const controllerIndex = intWith({ min: 0 });
const unknownModel = refusedAs('Unknown model type');
const IDE_MODELS = ['piix3', 'piix4', 'ich6'] as const;
const MODELS: Readonly<Record<string, readonly string[]>> = {
  usb: USB_CONTROLLER_MODELS,
  scsi: SCSI_CONTROLLER_MODELS,
  pci: PCI_CONTROLLER_MODELS,
  'virtio-serial': VIRTIO_MODELS,
  ide: IDE_MODELS,
  xenbus: [],
  isa: [],
  fdc: [],
  sata: [],
  ccid: [],
};

/** A model is looked at before a number. */
function badIndex(value: string, node: XmlNode): LibvirtError {
  const { type = 'ide', model } = node.attrs;
  const known = MODELS[type];
  if (model !== undefined && known?.some((name) => name === model) === false) return unknownModel.invalid(model);
  return invalidAttribute(node, 'index', value, controllerIndex as Scalar<unknown>);
}
const head = {
  index: attrOr(controllerIndex, -1, { hideFallback: true, invalid: badIndex }),
};
/** There is one kind only. */
const noModel = attr(oneOf<string>(), unknownModel);
const BRANCHES = {
  usb: { model: attr(oneOf(...USB_CONTROLLER_MODELS), unknownModel), ports: attr(uint) },
  scsi: { model: attr(oneOf(...SCSI_CONTROLLER_MODELS), unknownModel) },
  pci: {
    model: attr(oneOf(...PCI_CONTROLLER_MODELS), unknownModel),
    modelName: child(
      part('model', { name: attr(oneOf(...PCI_MODEL_NAMES)) }) as ElementCodec<{
        name: (typeof PCI_MODEL_NAMES)[number];
      }>,
      { emptyIsAbsent: true },
    ),
    target: child(pciTarget),
    pcihole64: scaled('KiB'),
  },
  'virtio-serial': {
    model: attr(oneOf(...VIRTIO_MODELS), unknownModel),
    ports: attr(uint),
    vectors: attr(intWith({ min: 0 })),
  },
  xenbus: { model: noModel, maxGrantFrames: attr(uint), maxEventChannels: attr(uint) },
  ide: { model: attr(oneOf(...IDE_MODELS), unknownModel) },
  isa: { model: noModel },
  fdc: { model: noModel },
  sata: { model: noModel },
  ccid: { model: noModel },
};

const tail: Fields<Omit<ControllerBody, 'index'>> = {
  driver: child(driver),
  ...deviceInfo,
  master: child(part('master', { startport: attr(uint) }) as ElementCodec<{ startport: number }>, {
    emptyIsAbsent: true,
  }),
};
const { alias, acpi, address } = deviceInfo;

/** What is of one type only stands around what all have. */
function ordered(): never {
  const shared = { driver: tail.driver, alias, master: tail.master, acpi, address };
  return Object.fromEntries(
    Object.entries(BRANCHES).map(([type, fields]) => {
      const { modelName, target, pcihole64, ...attrs } = fields as Record<string, object>;
      const content = { ...(modelName && { modelName }), ...(target && { target }) };
      return [type, { ...head, ...attrs, ...content, ...shared, ...(pcihole64 && { pcihole64 }) }];
    }),
  ) as never;
}

export const controller: ElementCodec<ControllerDef> = elementOf<ControllerDef>(
  'controller',
  variants('type', ordered(), { fallback: 'ide' }),
  {
    prepare: withoutPlace,
    after(model, node) {
      const companion = model.type === 'usb' ? COMPANIONS[model.model ?? ''] : undefined;
      if (companion !== undefined) model.master ??= { ...companion };
      if (model.type === 'usb' && model.model === 'none') delete model.master;
      // The hole belongs to what is at the root.
      if (model.type === 'pci' && model.model !== 'pci-root' && model.model !== 'pcie-root') delete model.pcihole64;
      for (const name of ['model', 'target'])
        if (node.children.filter((child) => child.name === name && child.ns === '').length > 1)
          throw wrong(`Multiple <${name}> elements in controller definition not allowed`);
      // A number of ports is looked at even where there are none.
      const { ports } = node.attrs;
      if (ports !== undefined && int.parse(ports) === undefined)
        throw invalidAttribute(node, 'ports', ports, int as Scalar<unknown>);
    },
  },
);

const PLACE: ReadonlySet<string> = new Set(['address', 'alias', 'acpi']);

/** What says that there is no USB is nowhere, and nobody reads where. */
function withoutPlace(node: XmlNode): XmlNode {
  if (node.attrs.type !== 'usb' || node.attrs.model !== 'none') return node;
  return { ...node, children: node.children.filter(({ name }) => !PLACE.has(name)) };
}
