import { call, event, program, type ProcedureTable } from './procedure.js';
import { domain, hyper, int, optional, string, uint } from './types.js';

export const qemuProcedures = {
  domainMonitorCommand: call(
    1,
    'low',
    { dom: domain, cmd: string, flags: uint },
    { result: string },
    ['domain:write'],
    { driver: 'domainQemuMonitorCommand' },
  ),
  domainAttach: call(2, 'low', { pidValue: uint, flags: uint }, { dom: domain }, ['domain:start', 'domain:write'], {
    driver: 'domainQemuAttach',
  }),
  domainAgentCommand: call(
    3,
    'low',
    { dom: domain, cmd: string, timeout: int, flags: uint },
    { result: optional(string) },
    ['domain:write'],
    { driver: 'domainQemuAgentCommand' },
  ),
  connectDomainMonitorEventRegister: call(
    4,
    'high',
    { dom: optional(domain), event: optional(string), flags: uint },
    { callbackID: int },
    ['connect:search_domains', 'connect:write'],
    { driver: 'connectDomainQemuMonitorEventRegister', filter: 'domain:getattr' },
  ),
  connectDomainMonitorEventDeregister: call(5, 'high', { callbackID: int }, null, ['connect:write'], {
    driver: 'connectDomainQemuMonitorEventDeregister',
  }),
  domainMonitorEvent: event(6, {
    callbackID: int,
    dom: domain,
    event: string,
    seconds: hyper,
    micros: uint,
    details: optional(string),
  }),
  domainMonitorCommandWithFiles: call(
    7,
    'low',
    { dom: domain, cmd: string, flags: uint },
    { result: string },
    ['domain:write'],
    { driver: 'domainQemuMonitorCommandWithFiles', fds: { direction: 'both', min: 0, max: 32 } },
  ),
} satisfies ProcedureTable;

/** Program qemu: monitor and agent passthrough and raw monitor events, on the same connection as remote. */
export const qemu = program({ name: 'qemu', number: 0x20008087, version: 1 }, [['hypervisor', qemuProcedures]]);
