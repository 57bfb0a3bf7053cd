import {
  type Bandwidth,
  type BandwidthRate,
  formatNetworkPort,
  networkPort,
  type NetworkPortDef,
  parseNetworkPort,
  validateDocument,
} from '@virtkit/core/conf';
import type { NetworkDriver, NetworkPortRef } from '@virtkit/core/driver';
import {
  NetworkPortCreateFlags,
  paramValues,
  type TypedParams,
  TypedParamsBuilder,
  validateParams,
} from '@virtkit/core/util';
import { noPort, portExists } from '../network-errors.js';
import type { NetworkList } from '../network-list.js';
import type { Network } from '../network.js';
import { plugPort, relimited, requireActive, unplugPort } from '../ports.js';

const INBOUND = ['average', 'peak', 'floor', 'burst'] as const;
const OUTBOUND = ['average', 'peak', 'burst'] as const;

function portOf(network: Network, uuid: string): NetworkPortDef {
  const port = network.ports.get(uuid);
  if (port === undefined) throw noPort(`no network port with matching UUID '${uuid}'`);
  return port;
}

/** Limits as typed parameters: `inbound.average`, … */
function bandwidthParams({ inbound, outbound }: Bandwidth): TypedParams {
  const builder = new TypedParamsBuilder();
  if (inbound !== undefined) for (const key of INBOUND) builder.uint(`inbound.${key}`, inbound[key] ?? 0);
  if (outbound !== undefined) for (const key of OUTBOUND) builder.uint(`outbound.${key}`, outbound[key] ?? 0);
  return builder.params;
}

const KNOWN = Object.fromEntries(
  [...INBOUND.map((key) => `inbound.${key}`), ...OUTBOUND.map((key) => `outbound.${key}`)].map((name) => [
    name,
    'UINT',
  ]),
) as Readonly<Record<string, 'UINT'>>;

/** Limits that typed parameters stand for; a direction without an average (or a floor) has none. */
function bandwidthOf(params: TypedParams): Bandwidth {
  validateParams(params, KNOWN);
  const values = paramValues(params);
  const rate = (direction: string, keys: readonly (keyof BandwidthRate)[]): BandwidthRate =>
    Object.fromEntries(
      keys
        .map((key) => [key, Number(values.get(`${direction}.${key}`) ?? 0)] as const)
        .filter(([, value]) => value !== 0),
    );
  const inbound = rate('inbound', INBOUND);
  const outbound = rate('outbound', OUTBOUND);
  return { ...((inbound.average || inbound.floor) && { inbound }), ...(outbound.average && { outbound }) };
}

/** Ports: what guests' interfaces are plugged into. */
export const portOps = (list: NetworkList) =>
  ({
    networkListAllPorts: ({ uuid, name }) => {
      const network = list.byUuid(uuid, name);
      requireActive(network);
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
        if ((flags & NetworkPortCreateFlags.VALIDATE) !== 0) await validateDocument('networkport', networkPort, xml);
        const port = parseNetworkPort(xml);
        requireActive(network);
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
    networkPortSetParameters: ({ net, uuid }, params) => {
      const network = list.byUuid(net.uuid, net.name);
      return network.jobs.run('port', async () => {
        requireActive(network);
        const before = portOf(network, uuid);
        const port = relimited(network, before, bandwidthOf(params));
        await list.runtime.traffic.change(network, port, before);
        await list.savePort(network, port);
        network.ports.set(uuid, port);
      });
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
