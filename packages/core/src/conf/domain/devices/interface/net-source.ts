import {
  attr,
  attrOr,
  child,
  type Fields,
  missingAttribute,
  oneOf,
  optList,
  part,
  req,
  reqChild,
  str,
  uint,
  uuid,
} from '../../../xml/index.js';
import { type DeviceAddress, hostAddress } from '../../common/address.js';
import { ipAddress, type IpAddressDef, route, type RouteDef } from '../../common/net-parts.js';
import { omit } from '../../common/omit.js';
import { unsupported, wrong } from '../../common/problems.js';
import { reconnect, type ReconnectDef, unsaid } from '../../common/reconnect.js';
import { netDriver } from './net-driver.js';

/** The host's end of an interface can have addresses too. */
export interface NetSourceIp {
  ip?: IpAddressDef[];
  route?: RouteDef[];
}

export interface NetSocketSource {
  address?: string;
  port: number;
  local?: { address?: string; port: number };
}

/** An interface that belongs to a network says so while the domain runs, whatever it has become. */
export interface NetworkRef {
  network?: string;
  portgroup?: string;
  portid?: string;
}

export type NetSource =
  | { type: 'user'; source?: NetSourceIp & { dev?: string } }
  | { type: 'ethernet'; source?: NetSourceIp }
  | { type: 'null'; source?: NetSourceIp }
  | {
      type: 'vhostuser';
      source?: NetSourceIp & { type: string; path: string; mode: 'server' | 'client'; reconnect?: ReconnectDef };
    }
  | { type: 'server' | 'client' | 'mcast' | 'udp'; source?: NetSourceIp & NetSocketSource }
  | {
      type: 'network';
      source?: NetSourceIp & {
        network: string;
        portgroup?: string;
        portid?: string;
        bridge?: string;
        dev?: string;
        mode?: string;
      };
    }
  | { type: 'bridge'; source?: NetSourceIp & NetworkRef & { bridge?: string } }
  | { type: 'internal'; source?: NetSourceIp & { name: string } }
  | {
      type: 'direct';
      source?: NetSourceIp & NetworkRef & { dev: string; mode?: 'vepa' | 'private' | 'bridge' | 'passthrough' };
    }
  | { type: 'hostdev'; managed?: boolean; source?: NetSourceIp & NetworkRef & { address?: DeviceAddress } }
  | { type: 'vdpa'; source?: NetSourceIp & { dev: string } }
  | {
      type: 'vds';
      source?: NetSourceIp & { switchid: string; portid: string; portgroupid: string; connectionid: string };
    };

const hostIp: Fields<NetSourceIp> = { ip: optList(ipAddress), route: optList(route) };

const networkRef: Fields<NetworkRef> = {
  network: attr(str).when('live'),
  portgroup: attr(str).when('live'),
  portid: attr(uuid).when('live'),
};

const plainSource = child(part('source', hostIp as Required<typeof hostIp>, omit));

const sourcePort = {
  port: req(uint, { missing: () => wrong("No <source> 'port' attribute specified with socket interface") }),
};
const serverSource = child(part('source', { address: attr(str), ...sourcePort, ...hostIp }, omit));
const peerSource = child(part('source', { address: req(str), ...sourcePort, ...hostIp }, omit));
const udpSource = child(
  part(
    'source',
    {
      address: req(str),
      ...sourcePort,
      local: reqChild(
        part('local', {
          address: req(str),
          port: req(uint, { missing: () => wrong("No <local> 'port' attribute specified with socket interface") }),
        }),
        { missing: () => wrong("'<local>' element missing for 'udp' socket interface") },
      ),
      ...hostIp,
    },
    omit,
  ),
);

/** What an interface says by its `type`: mostly where its other end is. */
export const netSources = {
  user: { source: child(part('source', { dev: attr(str), ...hostIp }, omit)) },
  ethernet: { source: plainSource },
  vhostuser: {
    source: child(
      part(
        'source',
        {
          type: req(str, { missing: () => wrong("Missing required attribute 'type' in element 'source'") }),
          path: req(str, { missing: () => wrong("Missing required attribute 'path' in element 'source'") }),
          mode: req(oneOf('server', 'client')),
          reconnect: child(reconnect, unsaid),
          ...hostIp,
        },
        {
          after({ mode, reconnect }) {
            if (mode === 'server' && reconnect !== undefined)
              throw unsupported("'reconnect' attribute unsupported 'server' mode for <interface type='vhostuser'>");
          },
        },
      ),
    ),
  },
  server: { source: serverSource },
  client: { source: peerSource },
  mcast: { source: peerSource },
  udp: { source: udpSource },
  network: {
    source: child(
      part('source', {
        network: req(str, {
          missing: () => wrong("No <source> 'network' attribute specified with <interface type='network'/>"),
        }),
        portgroup: attr(str),
        portid: attr(uuid).when('live'),
        bridge: attr(str).when('live'),
        dev: attr(str).when('live'),
        mode: attr(str).when('live'),
        ...hostIp,
      }),
    ),
  },
  bridge: {
    source: child(
      part(
        'source',
        { ...networkRef, bridge: attr(str), ...hostIp },
        {
          ...omit,
          after(model, node) {
            if (model.bridge === undefined) throw missingAttribute(node, 'bridge');
          },
        },
      ),
    ),
  },
  internal: { source: child(part('source', { name: req(str), ...hostIp })) },
  direct: {
    source: child(
      part('source', {
        ...networkRef,
        dev: req(str),
        mode: attrOr(oneOf('vepa', 'private', 'bridge', 'passthrough'), 'vepa') as never,
        ...hostIp,
      }),
    ),
  },
  hostdev: {
    driver: child(netDriver),
    source: child(part('source', { ...networkRef, address: child(hostAddress), ...hostIp }, omit)),
  },
  vdpa: { source: child(part('source', { dev: req(str), ...hostIp })) },
  null: { source: plainSource },
  vds: {
    source: child(
      part('source', {
        switchid: req(uuid),
        portid: req(str),
        portgroupid: req(str),
        connectionid: req(str),
        ...hostIp,
      }),
    ),
  },
};
