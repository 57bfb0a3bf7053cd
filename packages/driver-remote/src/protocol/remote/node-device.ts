import { call, event, type ProcedureTable } from '../procedure.js';
import { int, list, nodeDevice, optional, string, uint } from '../types.js';

/** Host devices. */
export const nodeDeviceProcedures = {
  nodeNumOfDevices: call(
    111,
    'high',
    { cap: optional(string), flags: uint },
    { num: int },
    ['connect:search_node_devices'],
    { filter: 'node_device:getattr' },
  ),
  nodeListDevices: call(
    112,
    'high',
    { cap: optional(string), maxnames: int, flags: uint },
    { names: list(string, 65536) },
    ['connect:search_node_devices'],
    { filter: 'node_device:getattr' },
  ),
  nodeDeviceLookupByName: call(113, 'high', { name: string }, { dev: nodeDevice }, ['node_device:getattr']),
  nodeDeviceGetXMLDesc: call(114, 'low', { name: string, flags: uint }, { xml: string }, ['node_device:read']),
  nodeDeviceGetParent: call(115, 'high', { name: string }, { parentName: optional(string) }, ['node_device:read']),
  nodeDeviceNumOfCaps: call(116, 'high', { name: string }, { num: int }, ['node_device:read']),
  nodeDeviceListCaps: call(117, 'high', { name: string, maxnames: int }, { names: list(string, 65536) }, [
    'node_device:read',
  ]),
  nodeDeviceCreateXML: call(123, 'low', { xmlDesc: string, flags: uint }, { dev: nodeDevice }, [
    'node_device:write',
    'node_device:start',
  ]),
  nodeDeviceDestroy: call(124, 'high', { name: string }, null, ['node_device:stop']),
  connectListAllNodeDevices: call(
    285,
    'high',
    { needResults: int, flags: uint },
    { devices: list(nodeDevice, 65536), ret: uint },
    ['connect:search_node_devices'],
    { filter: 'node_device:getattr' },
  ),
  nodeDeviceLookupSCSIHostByWWN: call(297, 'high', { wwnn: string, wwpn: string, flags: uint }, { dev: nodeDevice }, [
    'node_device:getattr',
  ]),
  connectNodeDeviceEventRegisterAny: call(
    374,
    'high',
    { eventID: int, dev: optional(nodeDevice) },
    { callbackID: int },
    ['connect:search_node_devices'],
    { filter: 'node_device:getattr' },
  ),
  connectNodeDeviceEventDeregisterAny: call(375, 'high', { callbackID: int }, null, ['connect:read']),
  nodeDeviceDefineXML: call(428, 'low', { xmlDesc: string, flags: uint }, { dev: nodeDevice }, ['node_device:write']),
  nodeDeviceUndefine: call(429, 'high', { name: string, flags: uint }, null, ['node_device:delete']),
  nodeDeviceCreate: call(430, 'high', { name: string, flags: uint }, null, ['node_device:start']),
  nodeDeviceGetAutostart: call(433, 'high', { name: string }, { autostart: int }, ['node_device:read']),
  nodeDeviceSetAutostart: call(434, 'high', { name: string, autostart: int }, null, ['node_device:write']),
  nodeDeviceIsPersistent: call(435, 'high', { name: string }, { persistent: int }, ['node_device:read']),
  nodeDeviceIsActive: call(436, 'high', { name: string }, { active: int }, ['node_device:read']),
} satisfies ProcedureTable;

/** Host devices. */
export const nodeDeviceOfHypervisorProcedures = {
  nodeDeviceDettach: call(118, 'low', { name: string }, null, ['node_device:detach']),
  nodeDeviceReAttach: call(119, 'low', { name: string }, null, ['node_device:detach']),
  nodeDeviceReset: call(120, 'low', { name: string }, null, ['node_device:detach']),
  nodeDeviceDetachFlags: call(301, 'low', { name: string, driverName: optional(string), flags: uint }, null, [
    'node_device:detach',
  ]),
} satisfies ProcedureTable;

/** Host devices. Messages and calls that no driver table has. */
export const nodeDeviceMessages = {
  nodeDeviceEventLifecycle: event(376, { callbackID: int, dev: nodeDevice, event: int, detail: int }),
  nodeDeviceEventUpdate: event(377, { callbackID: int, dev: nodeDevice }),
} satisfies ProcedureTable;
