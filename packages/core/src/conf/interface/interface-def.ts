import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { emptyIs } from '../common/index.js';
import {
  attr,
  child,
  type ConfContext,
  confContext,
  custom,
  elementOf,
  type Field,
  flag,
  formatDocument,
  int,
  list,
  nonEmpty,
  oneOf,
  optList,
  parseDocument,
  part,
  req,
  reqChild,
  type Scalar,
  str,
  uint,
  variants,
  yesNo,
} from '../xml/index.js';

export const INTERFACE_LINK_STATES = [
  'unknown',
  'notpresent',
  'down',
  'lowerlayerdown',
  'testing',
  'dormant',
  'up',
] as const;
export type InterfaceLinkState = (typeof INTERFACE_LINK_STATES)[number];

/** virInterfaceProtocolDef */
export interface InterfaceProtocol {
  family: 'ipv4' | 'ipv6';
  autoconf?: true;
  dhcp?: { peerdns?: boolean };
  ip?: { address?: string; prefix?: number }[];
  route?: { gateway?: string };
}

interface Common {
  name: string;
  link?: { speed?: number; state?: InterfaceLinkState };
  mac?: { address?: string };
}

/** Only outermost interfaces have these. */
interface Configuration {
  start?: { mode?: 'none' | 'onboot' | 'hotplug' };
  mtu?: { size?: number };
  protocol?: InterfaceProtocol[];
}

/** virInterfaceBridgeDef */
export interface InterfaceBridge {
  stp?: boolean;
  delay?: string;
  interface: InterfaceMember[];
}

/** virInterfaceBondDef */
export interface InterfaceBond {
  mode?: 'balance-rr' | 'active-backup' | 'balance-xor' | 'broadcast' | '802.3ad' | 'balance-tlb' | 'balance-alb';
  miimon?: { freq?: number; downdelay?: number; updelay?: number; carrier?: 'ioctl' | 'netif' };
  arpmon?: { interval?: number; target?: string; validate?: 'active' | 'backup' | 'all' };
  interface: InterfaceMember[];
}

/** virInterfaceVlanDef */
export interface InterfaceVlan {
  tag: string;
  interface: { name: string };
}

type Kind =
  | { type: 'ethernet' }
  | { type: 'bridge'; bridge: InterfaceBridge }
  | { type: 'bond'; bond: InterfaceBond }
  | { type: 'vlan'; vlan: InterfaceVlan };

/** virInterfaceDef of a member of a bridge or bond */
export type InterfaceMember = Kind & Common;

/** virInterfaceDef */
export type HostInterfaceDef = Kind & Common & Configuration;

const problem = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.INTERFACE, detail);

const member = (): ReturnType<typeof list<InterfaceMember>> => list(() => interfaceMember, { name: 'interface' });

const bridge = elementOf<InterfaceBridge>(
  'bridge',
  {
    stp: custom<boolean>({
      reason: 'an unknown word is the same as none',
      covers: { attributes: ['stp'] },
      decode: ({ attrs: { stp } }) => (stp === 'on' ? true : stp === 'off' ? false : undefined),
      attrs: (value) => ` stp='${value ? 'on' : 'off'}'`,
    }),
    delay: attr(str),
    interface: member(),
  },
  {
    keepOpen: true,
    // libvirt stops reading the bridge at a word that it does not know.
    after(model, { attrs: { stp } }) {
      if (stp === undefined || model.stp !== undefined) return;
      model.interface = [];
      delete model.delay;
    },
  },
);

const freq = (name: string, word: string): Field<number, true> =>
  attr(int, { invalid: () => problem(`bond interface ${name} ${word}`), emptyIsAbsent: true });

type BondMode = NonNullable<InterfaceBond['mode']>;

const BOND_MODES: Scalar<BondMode> = oneOf(
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
);

const bond = elementOf<InterfaceBond>(
  'bond',
  {
    mode: custom<BondMode>({
      reason: 'an empty word is the same as none',
      covers: { attributes: ['mode'] },
      decode({ attrs: { mode } }) {
        const found = mode ? BOND_MODES.parse(mode) : undefined;
        if (mode && found === undefined) throw problem(`unknown bonding mode ${mode}`);
        return found;
      },
      attrs: (value) => ` mode='${value}'`,
    }),
    miimon: child(
      part(
        'miimon',
        {
          freq: freq('miimon freq', 'missing or invalid'),
          downdelay: freq('miimon downdelay', 'invalid'),
          updelay: freq('miimon updelay', 'invalid'),
          carrier: attr(oneOf('ioctl', 'netif'), {
            emptyIsAbsent: true,
            invalid: (value) => problem(`unknown mii bonding carrier ${value}`),
          }),
        },
        {
          after({ freq: given }) {
            if (given === undefined) throw problem('bond interface miimon freq missing or invalid');
          },
          // No delay is not written, and updelay only with its sibling.
          before: ({ downdelay, updelay, ...rest }) => ({
            ...rest,
            ...(downdelay !== undefined && downdelay > 0 && { downdelay }),
            ...(updelay !== undefined && updelay > 0 && { updelay }),
          }),
        },
      ),
    ),
    arpmon: child(
      part(
        'arpmon',
        {
          interval: freq('arpmon interval', 'missing or invalid'),
          target: attr(str),
          validate: attr(oneOf('active', 'backup', 'all'), {
            emptyIsAbsent: true,
            invalid: (value) => problem(`unknown arp bonding validate ${value}`),
          }),
        },
        {
          after({ interval, target }) {
            if (interval === undefined) throw problem('bond interface arpmon interval missing or invalid');
            if (target === undefined) throw problem('bond interface arpmon target missing');
          },
        },
      ),
    ),
    interface: member(),
  },
  {
    keepOpen: true,
    // One way of watching links at a time: the first that the document has.
    after(model) {
      if (model.miimon !== undefined) delete model.arpmon;
      for (const { type } of model.interface)
        if (type !== 'ethernet') throw problem(`interface has unsupported type '${type}'`);
    },
  },
);

const noVlanName = (): LibvirtError => problem('vlan interface misses name attribute');

const vlan = elementOf<InterfaceVlan>('vlan', {
  tag: req(nonEmpty, {
    invalid: () => problem('vlan interface misses the tag attribute'),
    missing: () => problem('vlan interface misses the tag attribute'),
  }),
  interface: reqChild(part('interface', { name: req(str, { missing: noVlanName, emptyIsAbsent: true }) }), {
    missing: noVlanName,
  }),
});

const protocol = elementOf<InterfaceProtocol>(
  'protocol',
  {
    family: req(oneOf('ipv4', 'ipv6'), {
      missing: () => problem('protocol misses the family attribute'),
      invalid: (value) => problem(`unsupported protocol family '${value}'`),
    }),
    autoconf: flag(),
    dhcp: child(part('dhcp', { peerdns: attr(yesNo) })),
    ip: optList(
      part(
        'ip',
        { address: attr(str), prefix: attr(int) },
        {
          before: ({ address, prefix }) => (address === undefined ? undefined : { address, ...(prefix && { prefix }) }),
        },
      ),
    ),
    route: child(part('route', { gateway: attr(str, { emptyIsAbsent: true }) }, { omitEmpty: true })),
  },
  {
    keepOpen: true,
    after(model) {
      if (model.family === 'ipv4') delete model.autoconf;
    },
  },
);

const linkState: Scalar<InterfaceLinkState> = oneOf(...INTERFACE_LINK_STATES);

const nonZero = <T>(key: string) => ({
  omitEmpty: true,
  before: (model: T): T => (model[key as keyof T] ? model : ({ ...model, [key]: undefined } as T)),
});

const name = req(str, { missing: () => problem('interface has no name') });

const link = {
  link: child(part('link', { speed: attr(uint), state: attr(linkState, { emptyIsAbsent: true }) }, nonZero('speed'))),
};
const noLink = {
  link: child(
    part('link', { speed: attr(uint), state: attr(linkState, { emptyIsAbsent: true }) }, { before: () => undefined }),
  ),
};
const mac = {
  mac: child(part('mac', { address: attr(str) }, { before: (model) => (model.address ? model : undefined) })),
};
const noMac = { mac: child(part('mac', { address: attr(str) }, { before: () => undefined })) };

const configuration = {
  start: child(
    part(
      'start',
      {
        mode: attr(oneOf('none', 'onboot', 'hotplug'), {
          emptyIsAbsent: true,
          invalid: (value) => problem(`unknown interface startmode ${value}`),
        }),
      },
      { omitEmpty: true },
    ),
  ),
};

const network = {
  mtu: child(
    part(
      'mtu',
      {
        size: attr(emptyIs(uint, 0), {
          invalid: (value) =>
            new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, `invalid interface mtu value ${value}`),
        }),
      },
      nonZero('size'),
    ),
  ),
  protocol: optList(protocol),
};

const misses = (type: string) => ({ missing: () => problem(`${type} interface misses the ${type} element`) });
const kinds = {
  bridge: { bridge: reqChild(bridge, misses('bridge')) },
  bond: { bond: reqChild(bond, misses('bond')) },
  vlan: { vlan: reqChild(vlan, misses('vlan')) },
};

const outer = { name, ...configuration, ...network };

const interfaceMember = elementOf<InterfaceMember>(
  'interface',
  variants('type', {
    ethernet: { name, ...link, ...mac },
    bridge: { name, ...noLink, ...noMac, ...kinds.bridge },
    bond: { name, ...link, ...noMac, ...kinds.bond },
    vlan: { name, ...link, ...noMac, ...kinds.vlan },
  }),
  {
    keepOpen: true,
    after(model) {
      if (model.type === 'bridge') throw problem("interface has unsupported type 'bridge'");
    },
  },
);

/** `<interface>`: an interface of the host. */
export const hostInterface = elementOf<HostInterfaceDef>(
  'interface',
  variants('type', {
    ethernet: { ...outer, ...link, ...mac },
    bridge: { ...outer, ...noLink, ...noMac, ...kinds.bridge },
    bond: { ...outer, ...link, ...noMac, ...kinds.bond },
    vlan: { ...outer, ...link, ...noMac, ...kinds.vlan },
  }),
  { keepOpen: true },
);

/** virInterfaceDefParse */
export const parseInterface = (text: string, context: ConfContext = confContext()): HostInterfaceDef =>
  parseDocument(hostInterface, text, context);

/** virInterfaceDefFormat */
export const formatInterface = (def: HostInterfaceDef, context: ConfContext = confContext()): string =>
  formatDocument(hostInterface, def, context);
