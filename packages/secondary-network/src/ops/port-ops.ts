import {
  type Bandwidth,
  formatNetworkPort,
  networkPort,
  type NetworkPortDef,
  parseNetworkPort,
  validateDocument,
} from '@virtkit/core/conf';
import type { NetworkDriver, NetworkPortRef } from '@virtkit/core/driver';
import { NetworkPortCreateFlags, type TypedParams, TypedParamsBuilder } from '@virtkit/core/util';
import { noPort, portExists } from '../network-errors.js';
import type { NetworkList } from '../network-list.js';
import type { Network } from '../network.js';
import { plugPort, requireActive, unplugPort } from '../ports.js';

const KEYS = ['average', 'peak', 'burst'] as const;

function portOf(network: Network, uuid: string): NetworkPortDef {
  const port = network.ports.get(uuid);
  if (port === undefined) throw noPort(`no network port with matching UUID '${uuid}'`);
  return port;
}

/** Limits as typed parameters: `inbound.average`, … */
function bandwidthParams({ inbound, outbound }: Bandwidth): TypedParams {
  const builder = new TypedParamsBuilder();
  for (const key of ['average', 'peak', 'floor', 'burst'] as const) builder.uint(`inbound.${key}`, inbound?.[key] ?? 0);
  for (const key of KEYS) builder.uint(`outbound.${key}`, outbound?.[key] ?? 0);
  return builder.params;
}

/** Ports: what guests' interfaces are plugged into. */
export const portOps = (list: NetworkList) =>
  ({
    networkListAllPorts: ({ uuid, name }) => {
      const network = list.byUuid(uuid, name);
      return [...network.ports.keys()].map((port): NetworkPortRef => ({ net: network.ref, uuid: port }));
    },
    networkPortLookupByUUID: (net, uuid) => {
      const network = list.byUuid(net.uuid, net.name);
      requireActive(network);
      portOf(network, uuid);
      return { net: network.ref, uuid };
    },
    networkPortCreateXML: (net, xml, flags) => {
      const network = list.byUuid(net.uuid, net.name);
      return network.jobs.run('port', async () => {
        requireActive(network);
        if ((flags & NetworkPortCreateFlags.VALIDATE) !== 0) await validateDocument('networkport', networkPort, xml);
        const port = parseNetworkPort(xml);
        if (network.ports.has(port.uuid)) throw portExists(`Network port with UUID ${port.uuid} already exists`);
        const def = plugPort(network, port, (flags & NetworkPortCreateFlags.RECLAIM) !== 0);
        // What was plugged before a restart still is.
        if ((flags & NetworkPortCreateFlags.RECLAIM) === 0) await list.runtime.traffic.plug(network, port);
        await list.savePort(network, port);
        network.ports.set(port.uuid, port);
        network.def = def;
        await list.saveStatus(network);
        return { net: network.ref, uuid: port.uuid };
      });
    },
    networkPortGetXMLDesc: ({ net, uuid }) => {
      const network = list.byUuid(net.uuid, net.name);
      requireActive(network);
      return formatNetworkPort(portOf(network, uuid));
    },
    networkPortGetParameters: ({ net, uuid }) => {
      const network = list.byUuid(net.uuid, net.name);
      requireActive(network);
      return bandwidthParams(portOf(network, uuid).bandwidth ?? {});
    },
    networkPortDelete: ({ net, uuid }) => {
      const network = list.byUuid(net.uuid, net.name);
      return network.jobs.run('port', async () => {
        requireActive(network);
        const port = portOf(network, uuid);
        const def = unplugPort(network, port);
        await list.forgetPort(network, uuid);
        network.ports.delete(uuid);
        await list.runtime.traffic.unplug(network, port);
        network.def = def;
        await list.saveStatus(network);
      });
    },
  }) satisfies NetworkDriver;
