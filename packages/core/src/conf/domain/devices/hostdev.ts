import {
  attr,
  attrOr,
  child,
  type ElementCodec,
  elementOf,
  flag,
  hex,
  invalidAttribute,
  list,
  oneOf,
  onOff,
  optList,
  part,
  raw,
  refined,
  req,
  reqChild,
  reqLeaf,
  type Scalar,
  str,
  uintWith,
  ulong,
  uuid,
  variants,
  type XmlNode,
  yesElse,
  yesNo,
} from '../../xml/index.js';
import { checkPciLocation, pciLocation, type PciLocation } from '../common/address.js';
import { type RomInfo, romInfo } from '../common/device-info.js';
import { type IpAddressDef, ipAddress, type RouteDef, route, teaming, type TeamingDef } from '../common/net-parts.js';
import { internal, refusedAs, unsupported, wrong } from '../common/problems.js';
import { type StorageAuthDef, storageAuth } from '../common/storage-auth.js';
import { networkHost, type StorageHostDef } from '../common/network-source.js';
import { STARTUP_POLICIES } from '../common/source-extras.js';

export interface UsbHostdevSource {
  startupPolicy?: (typeof STARTUP_POLICIES)[number];
  /** The device is not there, and the domain was started without it. */
  missing?: boolean;
  guestReset?: 'off' | 'uninitialized' | 'on';
  vendor?: { id: number };
  product?: { id: number };
  address?: { bus: number; device: number; port?: string };
}
export interface PciHostdevSource {
  writeFiltering?: boolean;
  address: PciLocation;
}
export type ScsiHostdevSource =
  | { protocol: 'adapter'; adapter: { name: string }; address: { bus: number; target: number; unit: number } }
  | {
      protocol: 'iscsi';
      name: string;
      host: StorageHostDef[];
      /** Status XML only, as markup. */
      privateData?: string;
      auth?: StorageAuthDef;
      initiator?: { iqn: { name: string } };
    };

type HostdevBody = RomInfo;

interface Subsystem extends HostdevBody {
  mode: 'subsystem';
  managed?: boolean;
  teaming?: TeamingDef;
}

export interface UsbHostdev extends Subsystem {
  type: 'usb';
  source: UsbHostdevSource;
}
export interface PciHostdev extends Subsystem {
  type: 'pci';
  driver?: { name?: 'kvm' | 'vfio' | 'xen' };
  source: PciHostdevSource;
}
export interface ScsiHostdev extends Subsystem {
  type: 'scsi';
  sgio?: 'filtered' | 'unfiltered';
  rawio?: boolean;
  source: ScsiHostdevSource;
  readonly?: true;
  shareable?: true;
}
export interface ScsiHostHostdev extends Subsystem {
  type: 'scsi_host';
  model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  source: { protocol: 'vhost'; wwpn: string };
}
export interface MdevHostdev extends Subsystem {
  type: 'mdev';
  model: 'vfio-pci' | 'vfio-ccw' | 'vfio-ap';
  display?: boolean;
  ramfb?: boolean;
  source: { address: { uuid: string } };
}
interface Capability extends HostdevBody {
  mode: 'capabilities';
}
export interface StorageHostdev extends Capability {
  type: 'storage';
  source: { block: string };
}
export interface MiscHostdev extends Capability {
  type: 'misc';
  source: { char: string };
}
export interface NetHostdev extends Capability {
  type: 'net';
  source: { interface: string };
  ip?: IpAddressDef[];
  route?: RouteDef[];
}

/** virDomainHostdevDef: a device of the host that the guest gets to itself. */
export type HostdevDef =
  UsbHostdev | PciHostdev | ScsiHostdev | ScsiHostHostdev | MdevHostdev | StorageHostdev | MiscHostdev | NetHostdev;

const id = (what: string) => req(hex(4), { missing: () => wrong(`usb ${what} needs id`) });

const usbSource = elementOf<UsbHostdevSource>(
  'source',
  {
    startupPolicy: attr(oneOf(...STARTUP_POLICIES)),
    missing: attr(yesNo).when('live'),
    guestReset: attr(oneOf('off', 'uninitialized', 'on')),
    vendor: child(part('vendor', { id: id('vendor') })),
    product: child(part('product', { id: id('product') })),
    address: child(
      part('address', {
        bus: req(uintWith({ anyBase: true }), { missing: () => wrong('usb address needs bus id') }),
        device: req(uintWith({ anyBase: true })),
        port: attr(str),
      }),
    ),
  },
  {
    omitEmpty: true,
    after(model) {
      const { vendor, product } = model;
      if (vendor?.id === 0 && product !== undefined) throw wrong('vendor cannot be 0.');
      if (vendor !== undefined && product === undefined)
        throw internal('missing product: a vendor alone names no device');
      if (vendor === undefined && product !== undefined)
        throw internal('missing vendor: a product alone names no device');
    },
  },
);

const pciSource = elementOf<PciHostdevSource>(
  'source',
  {
    writeFiltering: attr(yesNo),
    address: child(elementOf<PciLocation>('address', pciLocation, { after: checkPciLocation })) as never,
  },
  {
    after(model) {
      (model as { address?: PciLocation }).address ??= { domain: 0, bus: 0, slot: 0, function: 0 };
    },
  },
);

const number = uintWith({ anyBase: true });
const scsiSource = elementOf<ScsiHostdevSource>(
  'source',
  variants(
    'protocol',
    {
      adapter: {
        adapter: reqChild(
          part('adapter', {
            name: req(str, { missing: () => wrong("'adapter' must be specified for scsi hostdev source") }),
          }),
          { missing: () => wrong("'adapter' must be specified for scsi hostdev source") },
        ),
        address: reqChild(part('address', { bus: req(number), target: req(number), unit: req(ulong) }), {
          missing: () => wrong("'address' must be specified for scsi hostdev source"),
        }),
      },
      iscsi: {
        name: req(str, { missing: () => wrong('missing iSCSI hostdev source path name') }),
        host: list(networkHost),
        privateData: raw().when('status'),
        auth: child(storageAuth),
        initiator: child(part('initiator', { iqn: reqChild(part('iqn', { name: req(str) })) })),
      },
    },
    { fallback: 'adapter', hideFallback: true, ...refusedAs('Unknown SCSI subsystem protocol') },
  ),
  {
    after(model) {
      if (model.protocol !== 'iscsi') return;
      if (model.host.length === 0) throw wrong('missing the host address for the iSCSI hostdev');
      if (model.host.length > 1) throw wrong('only one source host address may be specified for the iSCSI hostdev');
    },
  },
);

/** The name of a device that a container is given; an empty one is none. */
const hostDevice = (problem: string) => {
  const missing = () => wrong(problem);
  return reqLeaf(
    refined(str, (text) => (text === '' ? undefined : text)),
    { missing, invalid: missing },
  );
};

const noSource = { missing: () => wrong('Missing <source> element in hostdev device') };
const managed = attrOr(yesElse, false) as never;
const { boot, alias, rom, acpi, address } = romInfo;
const tail = { boot, alias, rom, acpi, address };

const mode = (): object => ({ mode: attr(oneOf('subsystem', 'capabilities'), refusedAs('unknown hostdev mode')) });

const CAPABILITIES = new Set(['storage', 'misc', 'net']);
const MODELED = new Set(['mdev', 'scsi_host']);

/** What is of one kind of device only, and what kinds a mode has. */
function checkKind(node: XmlNode): XmlNode {
  const { mode: given = 'subsystem', type = '', rawio, sgio, model } = node.attrs;
  if (type !== '' && (given === 'subsystem' || given === 'capabilities'))
    if (CAPABILITIES.has(type) !== (given === 'capabilities'))
      throw unsupported(`unknown host device source address type '${type}'`);
  if (given !== 'subsystem') return node;
  if (model !== undefined && !MODELED.has(type))
    throw wrong("'model' attribute in <hostdev> is only supported when type='mdev' or type='scsi_host'");
  if (type === 'scsi') return node;
  if (sgio !== undefined) {
    if (sgio !== 'filtered' && sgio !== 'unfiltered')
      throw invalidAttribute(node, 'sgio', sgio, str as Scalar<unknown>);
    throw wrong('sgio is only supported for scsi host device');
  }
  if (rawio !== undefined) {
    if (yesNo.parse(rawio) === undefined) throw invalidAttribute(node, 'rawio', rawio, str as Scalar<unknown>);
    throw wrong('rawio is only supported for scsi host device');
  }
  if (type !== 'usb' && node.children.some(({ name, attrs }) => name === 'source' && attrs.startupPolicy !== undefined))
    throw unsupported('Setting startupPolicy is only allowed for USB devices');
  return node;
}

/** `<hostdev>` has its mode before its type, and only together do they make sense. */
export const hostdev: ElementCodec<HostdevDef> = elementOf<HostdevDef>(
  'hostdev',
  variants(
    'type',
    {
      usb: { managed, source: reqChild(usbSource, noSource), teaming, ...tail },
      pci: {
        managed,
        driver: child(part('driver', { name: attr(oneOf('kvm', 'vfio', 'xen')) }, { omitEmpty: true })),
        source: reqChild(pciSource, noSource),
        teaming,
        ...tail,
      },
      scsi: {
        managed,
        sgio: attr(oneOf('filtered', 'unfiltered')),
        rawio: attr(yesNo),
        source: reqChild(scsiSource, noSource),
        teaming,
        readonly: flag(),
        shareable: flag(),
        ...tail,
      },
      scsi_host: {
        managed,
        model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
        source: reqChild(
          part('source', {
            protocol: req(oneOf('vhost'), refusedAs('Unknown scsi_host subsystem protocol')),
            wwpn: req(
              refined(str, (text) => (/^naa\.[0-9a-fA-F]{16}$/.test(text) ? text : undefined)),
              {
                invalid: () => wrong("malformed 'wwpn' value"),
                missing: () => wrong('missing vhost-scsi hostdev source wwpn'),
              },
            ),
          }),
          noSource,
        ),
        teaming,
        ...tail,
      },
      mdev: {
        managed,
        model: req(oneOf('vfio-pci', 'vfio-ccw', 'vfio-ap')),
        display: attr(onOff),
        ramfb: attr(onOff),
        source: reqChild(
          part('source', {
            address: reqChild(
              part('address', {
                uuid: req(uuid, {
                  missing: () => unsupported("Missing 'uuid' attribute for element <address>"),
                  invalid: (value) => internal(`Cannot parse uuid attribute of element <address>: '${value}'`),
                }),
              }),
              { missing: () => unsupported('Missing <address> element in mediated device source') },
            ),
          }),
          noSource,
        ),
        teaming,
        ...tail,
      },
      storage: {
        source: reqChild(
          part('source', {
            block: hostDevice('Missing <block> element in hostdev storage device'),
          }),
          noSource,
        ),
        ...tail,
      },
      misc: {
        source: reqChild(
          part('source', {
            char: hostDevice('Missing <char> element in hostdev character device'),
          }),
          noSource,
        ),
        ...tail,
      },
      net: {
        source: reqChild(
          part('source', {
            interface: hostDevice('Missing <interface> element in hostdev net device'),
          }),
          noSource,
        ),
        ...tail,
        ip: optList(ipAddress),
        route: optList(route),
      },
    } as never,
    {
      first: mode() as never,
      ...refusedAs('unknown host device source address type'),
      missing: () => wrong('missing source address type'),
    },
  ),
  {
    prepare: checkKind,
    after(model) {
      (model as { mode: string }).mode ??= 'subsystem';
    },
  },
);
