import { call, type ProcedureTable } from '../procedure.js';
import { iface, int, list, string, uint } from '../types.js';

/** Host interfaces. */
export const interfaceProcedures = {
  connectNumOfInterfaces: call(126, 'high', null, { num: int }, ['connect:search_interfaces'], {
    filter: 'interface:getattr',
  }),
  connectListInterfaces: call(
    127,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_interfaces'],
    { filter: 'interface:getattr' },
  ),
  interfaceLookupByName: call(128, 'high', { name: string }, { iface: iface }, ['interface:getattr']),
  interfaceLookupByMACString: call(129, 'high', { mac: string }, { iface: iface }, ['interface:getattr']),
  interfaceGetXMLDesc: call(130, 'low', { iface: iface, flags: uint }, { xml: string }, ['interface:read']),
  interfaceDefineXML: call(131, 'high', { xml: string, flags: uint }, { iface: iface }, [
    'interface:write',
    'interface:save',
  ]),
  interfaceUndefine: call(132, 'high', { iface: iface }, null, ['interface:delete']),
  interfaceCreate: call(133, 'low', { iface: iface, flags: uint }, null, ['interface:start']),
  interfaceDestroy: call(134, 'high', { iface: iface, flags: uint }, null, ['interface:stop']),
  connectNumOfDefinedInterfaces: call(137, 'high', null, { num: int }, ['connect:search_interfaces'], {
    filter: 'interface:getattr',
  }),
  connectListDefinedInterfaces: call(
    138,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_interfaces'],
    { filter: 'interface:getattr' },
  ),
  interfaceIsActive: call(156, 'high', { iface: iface }, { active: int }, ['interface:read']),
  interfaceChangeBegin: call(220, 'low', { flags: uint }, null, ['connect:interface_transaction']),
  interfaceChangeCommit: call(221, 'low', { flags: uint }, null, ['connect:interface_transaction']),
  interfaceChangeRollback: call(222, 'low', { flags: uint }, null, ['connect:interface_transaction']),
  connectListAllInterfaces: call(
    284,
    'high',
    { needResults: int, flags: uint },
    { ifaces: list(iface, 16384), ret: uint },
    ['connect:search_interfaces'],
    { filter: 'interface:getattr' },
  ),
} satisfies ProcedureTable;
