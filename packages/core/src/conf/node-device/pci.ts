import {
  attr,
  child,
  elementOf,
  type Field,
  hex,
  leaf,
  list,
  oneOf,
  optList,
  optText,
  part,
  req,
  reqChild,
  str,
  uint,
  variants,
} from '../xml/index.js';
import { decimal, deviceError, hexNumber, needed, optional } from './problems.js';

/** An id and the name that the system's database has for it. */
export interface NamedId {
  id: number;
  name?: string;
}

export interface NodePciAddress {
  domain?: number;
  bus?: number;
  slot?: number;
  function?: number;
}

/** virMediatedDeviceType */
export interface MdevType {
  id: string;
  name?: string;
  deviceAPI?: string;
  availableInstances?: number;
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
  | { type: 'vpd'; name?: string; fields: VpdFields[] };

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
  numa?: { node: number };
  pciExpress?: { link?: PciLink[] };
}

const address = elementOf<NodePciAddress>('address', {
  domain: attr(hex(4)),
  bus: attr(hex(2)),
  slot: attr(hex(2)),
  function: attr(hex(1)),
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

/** `<capability type='mdev_types'>`'s types */
export const mdevTypes = list(
  elementOf<MdevType>('type', {
    id: req(str, { missing: () => deviceError('missing id attribute of mdev type') }),
    name: leaf(str),
    deviceAPI: leaf(str),
    availableInstances: leaf(decimal),
  }),
  { name: 'type' },
);

/** One of a vendor's or system's own fields. */
export interface VpdField {
  index: string;
  value?: string;
}

const indexed = (name: string): Field<VpdField[], true> =>
  optList(elementOf<VpdField>(name, { index: req(str), value: optText(str) }));

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

const ability = elementOf<PciAbility>(
  'capability',
  variants(
    'type',
    {
      phys_function: { address: list(address) },
      virt_functions: { maxCount: attr(uint), address: optList(address) },
      'pci-bridge': {},
      'cardbus-bridge': {},
      mdev_types: { types: mdevTypes },
      vpd: { name: leaf(str), fields: list(vpdFields) },
    },
    { invalid: (value) => deviceError(`unknown PCI device capability type '${value}'`) },
  ),
);

const ORDER = ['phys_function', 'virt_functions', 'pci-bridge', 'cardbus-bridge', 'mdev_types', 'vpd'];

const expressLink = elementOf<PciLink>('link', {
  validity: req(oneOf('cap', 'sta')),
  port: attr(uint),
  speed: attr(oneOf('2.5', '5', '8', '16', '32', '64')),
  width: req(uint),
});

export const pciFields = {
  class: optional('class', 'PCI device class', hexNumber(6)),
  domain: needed('domain', 'PCI domain ID'),
  bus: needed('bus', 'PCI bus ID'),
  slot: needed('slot', 'PCI slot ID'),
  function: needed('function', 'PCI function ID'),
  product: namedId('product', 'PCI product ID'),
  vendor: namedId('vendor', 'PCI vendor ID'),
  capability: optList(ability),
  iommuGroup: child(part('iommuGroup', { number: req(uint), address: optList(address) })),
  numa: child(part('numa', { node: req(uint) })),
  pciExpress: child(part('pci-express', { link: optList(expressLink) }), { name: 'pci-express' }),
};

/** libvirt writes abilities in an order of its own. */
export function sortAbilities(capability: PciCapability): void {
  capability.capability?.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
}
