import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { nameField } from '../common/index.js';
import {
  attr,
  child,
  type ConfContext,
  confContext,
  elementOf,
  type Field,
  formatDocument,
  hex,
  leaf,
  mac,
  oneOf,
  parseDocument,
  part,
  req,
  reqChild,
  reqLeaf,
  str,
  uuid,
  variants,
  yesNo,
} from '../xml/index.js';
import { bandwidth, type Bandwidth, type BandwidthContext } from './bandwidth.js';
import { networkError } from './problems.js';
import { type VirtualPort, virtualPortWith } from './virtual-port.js';
import { vlan, type Vlan } from './vlan.js';

export interface PortAddress {
  type?: 'pci';
  domain?: number;
  bus?: number;
  slot?: number;
  function?: number;
}

type PlugDriver = { driver?: { name: 'default' | 'kvm' | 'vfio' | 'xen' } };

/** virNetworkPortDef's plug: what the guest's interface is connected to. */
export type PortPlug =
  | { type: 'none' }
  | { type: 'network'; bridge: string; macTableManager?: 'kernel' | 'libvirt' }
  | { type: 'bridge'; bridge: string; macTableManager?: 'kernel' | 'libvirt' }
  | { type: 'direct'; dev: string; mode: 'vepa' | 'private' | 'bridge' | 'passthrough' }
  | ({ type: 'hostdev-pci'; managed?: boolean; address: PortAddress } & PlugDriver);

/** virNetworkPortDef */
export interface NetworkPortDef {
  uuid: string;
  owner: { name: string; uuid: string };
  group?: string;
  mac: { address: string };
  virtualport?: VirtualPort;
  bandwidth?: Bandwidth;
  vlan?: Vlan;
  port?: { isolated?: boolean };
  rxfilters?: { trustGuest?: boolean };
  plug?: PortPlug;
}

const bridged = {
  bridge: req(str, { missing: () => networkError('Missing network port bridge name') }),
  macTableManager: attr(oneOf('kernel', 'libvirt'), {
    invalid: (value) => networkError(`Invalid macTableManager setting '${value}' in network port`),
  }),
};

const plug = elementOf<PortPlug>(
  'plug',
  variants(
    'type',
    {
      none: {},
      network: bridged,
      bridge: bridged,
      direct: {
        dev: req(str, { missing: () => networkError('Missing network port link device name') }),
        mode: req(oneOf('vepa', 'private', 'bridge', 'passthrough'), {
          missing: () => networkError('Missing network port link device mode'),
          invalid: (value) => networkError(`Unknown network port link device mode '${value}'`),
        }),
      },
      'hostdev-pci': {
        managed: attr(yesNo),
        driver: child(
          part('driver', {
            name: req(oneOf('default', 'kvm', 'vfio', 'xen'), {
              missing: () => networkError('Missing network port driver name'),
            }),
          }),
        ),
        address: reqChild(
          elementOf<PortAddress>('address', {
            type: attr(oneOf('pci')),
            domain: attr(hex(4)),
            bus: attr(hex(2)),
            slot: attr(hex(2)),
            function: attr(hex(1)),
          }),
          { missing: () => networkError('Missing network port PCI address') },
        ),
      },
    },
    {
      fallback: 'none',
      invalid: (value) => networkError(`Invalid network port plug type '${value}'`),
    },
  ),
  { before: (model) => (model.type === 'none' ? undefined : model) },
);

const lacks = (detail: string): LibvirtError => new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NETWORK, detail);

/** A UUID that is not made up where it is missing. */
const known = (missing: string): Field<string, false> =>
  reqLeaf(uuid, {
    missing: () => lacks(missing),
    invalid: (value) => lacks(value === '' ? missing : `Unable to parse UUID '${value}'`),
  });

export const networkPort = elementOf<NetworkPortDef>('networkport', {
  uuid: known('network port has no uuid'),
  owner: reqChild(
    part('owner', {
      name: nameField(ErrorDomain.NETWORK, '', () => lacks('network port has no owner name')),
      uuid: known('network port has no owner UUID'),
    }),
    { missing: () => lacks('network port has no owner name') },
  ),
  group: leaf(str),
  mac: reqChild(
    part('mac', {
      address: req(mac, {
        missing: () => lacks('network port has no mac'),
        invalid: (value) => lacks(`Unable to parse MAC '${value}'`),
      }),
    }),
    { missing: () => lacks('network port has no mac') },
  ),
  virtualport: child(virtualPortWith({ optionalType: true })),
  bandwidth: child(bandwidth),
  vlan: child(vlan),
  port: child(part('port', { isolated: attr(yesNo) }, { omitEmpty: true })),
  rxfilters: child(part('rxfilters', { trustGuest: attr(yesNo) }, { omitEmpty: true })),
  plug: child(plug),
});

/** virNetworkPortDefParse */
export function parseNetworkPort(text: string, context: ConfContext = confContext()): NetworkPortDef {
  const allowed: BandwidthContext = { ...context, bandwidth: { classID: true, floor: true } };
  return parseDocument(networkPort, text, allowed);
}

/** virNetworkPortDefFormat */
export const formatNetworkPort = (def: NetworkPortDef, context: ConfContext = confContext()): string =>
  formatDocument(networkPort, def, context);
