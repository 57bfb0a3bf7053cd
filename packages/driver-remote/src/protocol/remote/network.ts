import { NetworkUpdateFlags } from '@virtkit/core/util';
import { call, event, ifFlag, unlessFlag, type ProcedureTable } from '../procedure.js';
import { hyper, int, list, network, networkPort, optional, string, uint, uuid, record } from '../types.js';
import { typedParam } from '../typed-param.js';

const networkDhcpLease = record({
  iface: string,
  expirytime: hyper,
  type: int,
  mac: optional(string),
  iaid: optional(string),
  ipaddr: string,
  prefix: uint,
  hostname: optional(string),
  clientid: optional(string),
});

/** Virtual networks and their ports. */
export const networkProcedures = {
  connectListDefinedNetworks: call(
    36,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_networks'],
    { filter: 'network:getattr' },
  ),
  connectListNetworks: call(
    38,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_networks'],
    { filter: 'network:getattr' },
  ),
  networkCreate: call(39, 'low', { net: network }, null, ['network:start']),
  networkCreateXML: call(40, 'low', { xml: string }, { net: network }, ['network:write', 'network:start']),
  networkDefineXML: call(41, 'high', { xml: string }, { net: network }, ['network:write', 'network:save']),
  networkDestroy: call(42, 'high', { net: network }, null, ['network:stop']),
  networkGetXMLDesc: call(43, 'high', { net: network, flags: uint }, { xml: string }, ['network:read']),
  networkGetAutostart: call(44, 'high', { net: network }, { autostart: int }, ['network:read']),
  networkGetBridgeName: call(45, 'high', { net: network }, { name: string }, ['network:read']),
  networkLookupByName: call(46, 'high', { name: string }, { net: network }, ['network:getattr']),
  networkLookupByUUID: call(47, 'high', { uuid: uuid }, { net: network }, ['network:getattr']),
  networkSetAutostart: call(48, 'high', { net: network, autostart: int }, null, ['network:write']),
  networkUndefine: call(49, 'high', { net: network }, null, ['network:delete']),
  connectNumOfDefinedNetworks: call(50, 'high', null, { num: int }, ['connect:search_networks'], {
    filter: 'network:getattr',
  }),
  connectNumOfNetworks: call(52, 'high', null, { num: int }, ['connect:search_networks'], {
    filter: 'network:getattr',
  }),
  networkIsActive: call(152, 'high', { net: network }, { active: int }, ['network:read']),
  networkIsPersistent: call(153, 'high', { net: network }, { persistent: int }, ['network:read']),
  connectListAllNetworks: call(
    283,
    'high',
    { needResults: int, flags: uint },
    { nets: list(network, 16384), ret: uint },
    ['connect:search_networks'],
    { filter: 'network:getattr' },
  ),
  networkUpdate: call(
    291,
    'high',
    { net: network, command: uint, section: uint, parentIndex: int, xml: string, flags: uint },
    null,
    [
      'network:write',
      unlessFlag('network:save', NetworkUpdateFlags.CONFIG | NetworkUpdateFlags.LIVE),
      ifFlag('network:save', NetworkUpdateFlags.CONFIG),
    ],
  ),
  connectNetworkEventRegisterAny: call(
    313,
    'high',
    { eventID: int, net: optional(network) },
    { callbackID: int },
    ['connect:search_networks'],
    { filter: 'network:getattr' },
  ),
  connectNetworkEventDeregisterAny: call(314, 'high', { callbackID: int }, null, ['connect:read']),
  networkGetDHCPLeases: call(
    341,
    'low',
    { net: network, mac: optional(string), needResults: int, flags: uint },
    { leases: list(networkDhcpLease, 65536), ret: uint },
    ['network:read'],
  ),
  networkListAllPorts: call(
    404,
    'high',
    { network: network, needResults: int, flags: uint },
    { ports: list(networkPort, 16384), ret: uint },
    ['network:search_ports'],
    { filter: 'network_port:getattr' },
  ),
  networkPortLookupByUUID: call(405, 'high', { network: network, uuid: uuid }, { port: networkPort }, [
    'network_port:getattr',
  ]),
  networkPortCreateXML: call(406, 'low', { network: network, xml: string, flags: uint }, { port: networkPort }, [
    'network_port:create',
  ]),
  networkPortGetParameters: call(
    407,
    'low',
    { port: networkPort, nparams: int, flags: uint },
    { params: list(typedParam, 16), nparams: int },
    ['network_port:read'],
  ),
  networkPortSetParameters: call(408, 'low', { port: networkPort, params: list(typedParam, 16), flags: uint }, null, [
    'network_port:write',
  ]),
  networkPortGetXMLDesc: call(409, 'low', { port: networkPort, flags: uint }, { xml: string }, ['network_port:read']),
  networkPortDelete: call(410, 'low', { port: networkPort, flags: uint }, null, ['network_port:delete']),
  networkDefineXMLFlags: call(432, 'high', { xml: string, flags: uint }, { net: network }, [
    'network:write',
    'network:save',
  ]),
  networkCreateXMLFlags: call(437, 'high', { xml: string, flags: uint }, { net: network }, [
    'network:write',
    'network:start',
  ]),
} satisfies ProcedureTable;

/** Virtual networks and their ports. Messages and calls that no driver table has. */
export const networkMessages = {
  networkEventLifecycle: event(315, { callbackID: int, net: network, event: int, detail: int }),
} satisfies ProcedureTable;
