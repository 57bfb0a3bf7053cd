import { DomainModificationImpact, DomainVcpuFlags } from '@virtkit/core/util';
import { call, ifFlag, unlessFlag, type ProcedureTable } from '../procedure.js';
import { charText } from '../char-text.js';
import { domain, int, list, opaque, string, uhyper, uint, record } from '../types.js';
import { typedParam } from '../typed-param.js';

const vcpuInfo = record({ number: uint, state: int, cpuTime: uhyper, cpu: int });
const domainGetSecurityLabelRet = record({ label: charText(4097), enforcing: int });
const domainMemoryStat = record({ tag: int, val: uhyper });
const domainIothreadInfo = record({ iothreadId: uint, cpumap: opaque(2048) });

/** CPUs, memory and other resources of domains. */
export const domainTuningProcedures = {
  domainGetMaxMemory: call(17, 'high', { dom: domain }, { memory: uhyper }, ['domain:read']),
  domainGetMaxVcpus: call(18, 'high', { dom: domain }, { num: int }, ['domain:read']),
  domainGetVcpus: call(
    20,
    'high',
    { dom: domain, maxinfo: int, maplen: int },
    { info: list(vcpuInfo, 16384), cpumaps: opaque(8388608) },
    ['domain:read'],
  ),
  domainPinVcpu: call(26, 'low', { dom: domain, vcpu: uint, cpumap: opaque(2048) }, null, ['domain:write']),
  domainSetMaxMemory: call(30, 'high', { dom: domain, memory: uhyper }, null, ['domain:write']),
  domainSetMemory: call(31, 'low', { dom: domain, memory: uhyper }, null, ['domain:write']),
  domainSetVcpus: call(32, 'low', { dom: domain, nvcpus: uint }, null, ['domain:write']),
  domainGetSchedulerType: call(56, 'low', { dom: domain }, { type: string, nparams: int }, ['domain:read']),
  domainGetSchedulerParameters: call(57, 'low', { dom: domain, nparams: int }, { params: list(typedParam, 16) }, [
    'domain:read',
  ]),
  domainSetSchedulerParameters: call(58, 'low', { dom: domain, params: list(typedParam, 16) }, null, ['domain:read']),
  domainMemoryPeek: call(
    104,
    'low',
    { dom: domain, offset: uhyper, size: uint, flags: uint },
    { buffer: opaque(4194304) },
    ['domain:mem_read'],
  ),
  domainGetSecurityLabel: call(121, 'high', { dom: domain }, domainGetSecurityLabelRet, ['domain:read']),
  domainMemoryStats: call(
    159,
    'low',
    { dom: domain, maxStats: uint, flags: uint },
    { stats: list(domainMemoryStat, 1024) },
    ['domain:read'],
  ),
  domainSetMemoryParameters: call(197, 'low', { dom: domain, params: list(typedParam, 16), flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetMemoryParameters: call(
    198,
    'low',
    { dom: domain, nparams: int, flags: uint },
    { params: list(typedParam, 16), nparams: int },
    ['domain:read'],
  ),
  domainSetVcpusFlags: call(199, 'low', { dom: domain, nvcpus: uint, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
    ifFlag('domain:write', DomainVcpuFlags.GUEST),
  ]),
  domainGetVcpusFlags: call(200, 'low', { dom: domain, flags: uint }, { num: int }, [
    'domain:read',
    ifFlag('domain:write', DomainVcpuFlags.GUEST),
  ]),
  domainSetMemoryFlags: call(204, 'low', { dom: domain, memory: uhyper, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainSetBlkioParameters: call(205, 'low', { dom: domain, params: list(typedParam, 16), flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetBlkioParameters: call(
    206,
    'low',
    { dom: domain, nparams: int, flags: uint },
    { params: list(typedParam, 16), nparams: int },
    ['domain:read'],
  ),
  domainSetSchedulerParametersFlags: call(
    219,
    'low',
    { dom: domain, params: list(typedParam, 16), flags: uint },
    null,
    [
      'domain:write',
      unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
      ifFlag('domain:save', DomainModificationImpact.CONFIG),
    ],
  ),
  domainGetSchedulerParametersFlags: call(
    223,
    'low',
    { dom: domain, nparams: int, flags: uint },
    { params: list(typedParam, 16) },
    ['domain:read'],
  ),
  domainPinVcpuFlags: call(225, 'low', { dom: domain, vcpu: uint, cpumap: opaque(2048), flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetVcpuPinInfo: call(
    230,
    'low',
    { dom: domain, ncpumaps: int, maplen: int, flags: uint },
    { cpumaps: opaque(8388608), num: int },
    ['domain:read'],
  ),
  domainSetNumaParameters: call(254, 'low', { dom: domain, params: list(typedParam, 16), flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetNumaParameters: call(
    255,
    'low',
    { dom: domain, nparams: int, flags: uint },
    { params: list(typedParam, 16), nparams: int },
    ['domain:read'],
  ),
  domainGetCPUStats: call(
    262,
    'low',
    { dom: domain, nparams: uint, startCpu: int, ncpus: uint, flags: uint },
    { params: list(typedParam, 2048), nparams: int },
    ['domain:read'],
  ),
  domainGetSecurityLabelList: call(
    278,
    'high',
    { dom: domain },
    { labels: list(domainGetSecurityLabelRet, 64), ret: int },
    ['domain:read'],
  ),
  domainPinEmulator: call(279, 'low', { dom: domain, cpumap: opaque(2048), flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetEmulatorPinInfo: call(
    280,
    'low',
    { dom: domain, maplen: int, flags: uint },
    { cpumaps: opaque(8388608), ret: int },
    ['domain:read'],
  ),
  domainSetMemoryStatsPeriod: call(308, 'low', { dom: domain, period: int, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetIOThreadInfo: call(
    351,
    'low',
    { dom: domain, flags: uint },
    { info: list(domainIothreadInfo, 16384), ret: uint },
    ['domain:read'],
  ),
  domainPinIOThread: call(352, 'low', { dom: domain, iothreadsId: uint, cpumap: opaque(2048), flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainAddIOThread: call(355, 'low', { dom: domain, iothreadId: uint, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainDelIOThread: call(356, 'low', { dom: domain, iothreadId: uint, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetPerfEvents: call(365, 'low', { dom: domain, flags: uint }, { params: list(typedParam, 64) }, [
    'domain:read',
  ]),
  domainSetPerfEvents: call(366, 'low', { dom: domain, params: list(typedParam, 64), flags: uint }, null, [
    'domain:write',
  ]),
  domainGetGuestVcpus: call(371, 'low', { dom: domain, flags: uint }, { params: list(typedParam, 64) }, [
    'domain:write',
  ]),
  domainSetGuestVcpus: call(372, 'low', { dom: domain, cpumap: string, state: int, flags: uint }, null, [
    'domain:write',
  ]),
  domainSetVcpu: call(384, 'low', { dom: domain, cpumap: string, state: int, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetLaunchSecurityInfo: call(396, 'low', { dom: domain, flags: uint }, { params: list(typedParam, 64) }, [
    'domain:read',
  ]),
  domainSetIOThreadParams: call(
    402,
    'low',
    { dom: domain, iothreadId: uint, params: list(typedParam, 64), flags: uint },
    null,
    [
      'domain:write',
      unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
      ifFlag('domain:save', DomainModificationImpact.CONFIG),
    ],
  ),
  domainSetLaunchSecurityState: call(439, 'low', { dom: domain, params: list(typedParam, 64), flags: uint }, null, [
    'domain:write',
  ]),
} satisfies ProcedureTable;
