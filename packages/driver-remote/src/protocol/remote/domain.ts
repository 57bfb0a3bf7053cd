import { DomainRebootFlagValues, DomainShutdownFlagValues, DomainXMLFlags } from '@virtkit/core/util';
import { call, ifFlag, type ProcedureTable } from '../procedure.js';
import { domain, int, list, optional, string, uchar, uhyper, uint, ushort, uuid, record } from '../types.js';
import { typedParam } from '../typed-param.js';

const domainStatsRecord = record({ dom: domain, params: list(typedParam, 262144) });

/** Domains: look-up, lists, life cycle, definition, state. */
export const domainProcedures = {
  domainCreate: call(9, 'low', { dom: domain }, null, ['domain:start']),
  domainCreateXML: call(10, 'low', { xmlDesc: string, flags: uint }, { dom: domain }, ['domain:write', 'domain:start']),
  domainDefineXML: call(11, 'high', { xml: string }, { dom: domain }, ['domain:write', 'domain:save']),
  domainDestroy: call(12, 'high', { dom: domain }, null, ['domain:stop']),
  domainGetXMLDesc: call(14, 'low', { dom: domain, flags: uint }, { xml: string }, [
    'domain:read',
    ifFlag('domain:read_secure', DomainXMLFlags.SECURE),
    ifFlag('domain:read_secure', DomainXMLFlags.MIGRATABLE),
  ]),
  domainGetAutostart: call(15, 'high', { dom: domain }, { autostart: int }, ['domain:read']),
  domainGetInfo: call(
    16,
    'low',
    { dom: domain },
    { state: uchar, maxMem: uhyper, memory: uhyper, nrVirtCpu: ushort, cpuTime: uhyper },
    ['domain:read'],
  ),
  domainGetOSType: call(19, 'high', { dom: domain }, { type: string }, ['domain:read']),
  connectListDefinedDomains: call(
    21,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_domains'],
    { filter: 'domain:getattr' },
  ),
  domainLookupByID: call(22, 'high', { id: int }, { dom: domain }, ['domain:getattr']),
  domainLookupByName: call(23, 'high', { name: string }, { dom: domain }, ['domain:getattr']),
  domainLookupByUUID: call(24, 'high', { uuid: uuid }, { dom: domain }, ['domain:getattr']),
  connectNumOfDefinedDomains: call(25, 'high', null, { num: int }, ['connect:search_domains'], {
    filter: 'domain:getattr',
  }),
  domainReboot: call(27, 'low', { dom: domain, flags: uint }, null, [
    'domain:init_control',
    ifFlag('domain:write', DomainRebootFlagValues.GUEST_AGENT),
  ]),
  domainResume: call(28, 'low', { dom: domain }, null, ['domain:suspend']),
  domainSetAutostart: call(29, 'high', { dom: domain, autostart: int }, null, ['domain:write']),
  domainShutdown: call(33, 'low', { dom: domain }, null, ['domain:init_control']),
  domainSuspend: call(34, 'low', { dom: domain }, null, ['domain:suspend']),
  domainUndefine: call(35, 'high', { dom: domain }, null, ['domain:delete']),
  connectListDomains: call(37, 'high', { maxids: int }, { ids: list(int, 16384) }, ['connect:search_domains'], {
    filter: 'domain:getattr',
  }),
  connectNumOfDomains: call(51, 'high', null, { num: int }, ['connect:search_domains'], { filter: 'domain:getattr' }),
  domainIsActive: call(150, 'high', { dom: domain }, { active: int }, ['domain:read']),
  domainIsPersistent: call(151, 'high', { dom: domain }, { persistent: int }, ['domain:read']),
  domainCreateWithFlags: call(196, 'low', { dom: domain, flags: uint }, { dom: domain }, ['domain:start']),
  domainIsUpdated: call(202, 'high', { dom: domain }, { updated: int }, ['domain:read']),
  domainGetState: call(212, 'high', { dom: domain, flags: uint }, { state: int, reason: int }, ['domain:read']),
  domainGetControlInfo: call(
    229,
    'high',
    { dom: domain, flags: uint },
    { state: uint, details: uint, stateTime: uhyper },
    ['domain:read'],
  ),
  domainUndefineFlags: call(231, 'high', { dom: domain, flags: uint }, null, ['domain:delete']),
  domainDestroyFlags: call(234, 'high', { dom: domain, flags: uint }, null, ['domain:stop']),
  domainReset: call(245, 'low', { dom: domain, flags: uint }, null, ['domain:reset']),
  domainShutdownFlags: call(258, 'low', { dom: domain, flags: uint }, null, [
    'domain:init_control',
    ifFlag('domain:write', DomainShutdownFlagValues.GUEST_AGENT),
  ]),
  connectListAllDomains: call(
    273,
    'high',
    { needResults: int, flags: uint },
    { domains: list(domain, 16384), ret: uint },
    ['connect:search_domains'],
    { filter: 'domain:getattr' },
  ),
  domainCreateXMLWithFiles: call(
    309,
    'low',
    { xmlDesc: string, flags: uint },
    { dom: domain },
    ['domain:write', 'domain:start'],
    { fds: { direction: 'in', min: 0, max: 32 } },
  ),
  domainCreateWithFiles: call(310, 'low', { dom: domain, flags: uint }, { dom: domain }, ['domain:start'], {
    fds: { direction: 'in', min: 0, max: 32 },
  }),
  connectGetAllDomainStats: call(
    344,
    'low',
    { doms: list(domain, 16384), stats: uint, flags: uint },
    { retStats: list(domainStatsRecord, 16384) },
    ['connect:search_domains'],
    { filter: 'domain:read' },
  ),
  domainDefineXMLFlags: call(350, 'high', { xml: string, flags: uint }, { dom: domain }, [
    'domain:write',
    'domain:save',
  ]),
  domainRename: call(358, 'low', { dom: domain, newName: optional(string), flags: uint }, { retcode: int }, [
    'domain:write',
    'domain:save',
  ]),
  domainSetLifecycleAction: call(390, 'low', { dom: domain, type: uint, action: uint, flags: uint }, null, [
    'domain:write',
  ]),
} satisfies ProcedureTable;
