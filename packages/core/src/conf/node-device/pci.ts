import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { emptyIs } from '../common/index.js';
import {
  attr,
  attrOr,
  child,
  elementOf,
  filtered,
  type Field,
  hex,
  leaf,
  intWith,
  list,
  nonEmpty,
  oneOf,
  optList,
  optText,
  part,
  req,
  reqChild,
  reqLeaf,
  type Scalar,
  str,
  uint,
  variants,
  type XmlNode,
} from '../xml/index.js';
import { decimal, deviceError, hexNumber, needed, optional } from './problems.js';

/** An id and the name that the system's database has for it. */
export interface NamedId {
  id: number;
  name?: string;
}

export interface NodePciAddress {
  domain: number;
  bus: number;
  slot: number;
  function: number;
}

/** virMediatedDeviceType */
export interface MdevType {
  id: string;
  name?: string;
  deviceAPI: string;
  availableInstances: number;
}

export interface VpdFields {
  access: 'readonly' | 'readwrite';
  change_level?: string;
  manufacture_id?: string;
  part_number?: string;
  serial_number?: string;
  asset_tag?: string;
  vendor_field?: VpdField[];
  system_field?: VpdField[];
}

/** What a PCI device can besides. */
export type PciAbility =
  | { type: 'phys_function'; address: NodePciAddress[] }
  | { type: 'virt_functions'; maxCount?: number; address?: NodePciAddress[] }
  | { type: 'pci-bridge' }
  | { type: 'cardbus-bridge' }
  | { type: 'mdev_types'; types: MdevType[] }
  | { type: 'vpd'; name: string; fields: VpdFields[] };

export interface PciLink {
  validity: 'cap' | 'sta';
  port?: number;
  speed?: '2.5' | '5' | '8' | '16' | '32' | '64';
  width: number;
}

/** virNodeDevCapPCIDev */
export interface PciCapability {
  class?: number;
  domain: number;
  bus: number;
  slot: number;
  function: number;
  product: NamedId;
  vendor: NamedId;
  capability?: PciAbility[];
  iommuGroup?: { number: number; address?: NodePciAddress[] };
  numa?: { node?: number };
  pciExpress?: { link?: PciLink[] };
}

const address = elementOf<NodePciAddress>('address', {
  domain: attrOr(hex(4), 0),
  bus: attrOr(hex(2), 0),
  slot: attrOr(hex(2), 0),
  function: attrOr(hex(1), 0),
});

/** `<product id='0x…'>` and `<vendor>`; `what` for the error where the id is missing. */
export const namedId = (name: string, what: string): Field<NamedId, false> => {
  const missing = () => deviceError(`no ${what} supplied`);
  const codec = elementOf<NamedId>(name, {
    id: req(hexNumber(4), { missing, invalid: () => deviceError(`invalid ${what} supplied`) }),
    name: optText(str),
  });
  return reqChild(codec, { missing });
};

const xmlProblem = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NODEDEV, detail);

const noTypeId = (): LibvirtError => xmlProblem("missing 'id' attribute for mediated device's <type> element");
const ofType = (what: string) => (node: XmlNode) =>
  xmlProblem(`missing ${what} for mediated device type '${node.attrs.id ?? ''}'`);

/** `<capability type='mdev_types'>`'s types */
export const mdevTypes = list(
  elementOf<MdevType>('type', {
    id: req(nonEmpty, { missing: noTypeId, invalid: noTypeId }),
    name: leaf(str),
    deviceAPI: reqLeaf(nonEmpty, { missing: ofType('device API'), invalid: (_, node) => ofType('device API')(node) }),
    availableInstances: reqLeaf(decimal, {
      missing: ofType('number of available instances'),
      invalid: (_, node) => ofType('number of available instances')(node),
    }),
  }),
  { name: 'type' },
);

/** One of a vendor's or system's own fields. */
export interface VpdField {
  index: string;
  value?: string;
}

/** A field of the vendor's or the system's own: without an index of one character it is not kept. */
const indexed = (name: string): Field<VpdField[], true> =>
  filtered(
    optList(elementOf<VpdField>(name, { index: req(str), value: optText(str) })),
    ({ attrs, text }) => /^[0-9A-Z]$/.test(attrs.index ?? '') && text !== '',
  );

const vpdFields = elementOf<VpdFields>('fields', {
  access: req(oneOf('readonly', 'readwrite')),
  change_level: leaf(str),
  manufacture_id: leaf(str),
  part_number: leaf(str),
  serial_number: leaf(str),
  asset_tag: leaf(str),
  vendor_field: indexed('vendor_field'),
  system_field: indexed('system_field'),
});

/** What an ability without a type is refused with. */
export const noAbilityType = (): LibvirtError => xmlProblem('Missing capability type');

const noVpdName = (): LibvirtError => xmlProblem('Could not read a device name from the <name> element');

const ability = elementOf<PciAbility>(
  'capability',
  variants(
    'type',
    {
      phys_function: { address: list(address) },
      virt_functions: { maxCount: attr(emptyIs(uint, 0), { unset: 0 }), address: optList(address) },
      'pci-bridge': {},
      'cardbus-bridge': {},
      mdev_types: { types: mdevTypes },
      vpd: {
        name: reqLeaf(nonEmpty, { missing: noVpdName, invalid: noVpdName }),
        fields: filtered(list(vpdFields), ({ attrs }) => attrs.access !== undefined),
      },
    },
    { missing: noAbilityType },
  ),
  {
    after(model) {
      if (model.type !== 'phys_function') return;
      if (model.address.length === 0) throw xmlProblem("Missing address in 'phys_function' capability");
      // There is one physical function to a virtual one.
      model.address.length = 1;
    },
  },
);

const ORDER = ['phys_function', 'virt_functions', 'pci-bridge', 'cardbus-bridge', 'mdev_types', 'vpd'];

const expressLink = elementOf<PciLink>('link', {
  validity: req(oneOf('cap', 'sta')),
  port: attr(uint, { lenient: true }),
  speed: attr(oneOf('2.5', '5', '8', '16', '32', '64'), { lenient: true }),
  width: req(uint),
});

/** What says that the device is at no node in particular. */
const NO_NODE = -1;
const numaNode: Scalar<number> = {
  ...emptyIs(intWith({ min: NO_NODE }), NO_NODE),
  type: { kind: 'integer', minimum: NO_NODE },
};

export const pciFields = {
  class: optional('class', 'PCI device class', hexNumber(6)),
  domain: needed('domain', 'PCI domain ID'),
  bus: needed('bus', 'PCI bus ID'),
  slot: needed('slot', 'PCI slot ID'),
  function: needed('function', 'PCI function ID'),
  product: namedId('product', 'PCI product ID'),
  vendor: namedId('vendor', 'PCI vendor ID'),
  capability: filtered(optList(ability), ({ attrs }) => attrs.type === undefined || ORDER.includes(attrs.type)),
  iommuGroup: child(part('iommuGroup', { number: req(uint), address: optList(address) })),
  numa: child(
    part('numa', {
      node: attr(numaNode, { unset: NO_NODE, invalid: () => deviceError('invalid NUMA node ID supplied') }),
    }),
    { nothingWithout: 'node' },
  ),
  pciExpress: child(
    part('pci-express', {
      link: filtered(optList(expressLink), ({ attrs }) => attrs.validity === 'cap' || attrs.validity === 'sta'),
    }),
    { name: 'pci-express' },
  ),
};

/** libvirt writes abilities in an order of its own. */
export function sortAbilities(capability: PciCapability): void {
  capability.capability?.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
}
