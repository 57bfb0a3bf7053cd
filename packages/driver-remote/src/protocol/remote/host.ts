import { call, type ProcedureTable } from '../procedure.js';
import { charText, charVector } from '../char-text.js';
import { int, list, opaque, optional, string, uhyper, uint, record } from '../types.js';
import { typedParam } from '../typed-param.js';

const nodeGetCpuStats = record({ field: string, value: uhyper });
const nodeGetMemoryStats = record({ field: string, value: uhyper });

/** The hypervisor and the host it runs on. */
export const hostProcedures = {
  connectGetType: call(3, 'high', null, { type: string }, ['connect:getattr']),
  connectGetVersion: call(4, 'high', null, { hvVer: uhyper }, ['connect:getattr']),
  connectGetMaxVcpus: call(5, 'high', { type: optional(string) }, { maxVcpus: int }, ['connect:read']),
  nodeGetInfo: call(
    6,
    'high',
    null,
    {
      model: charVector(32),
      memory: uhyper,
      cpus: int,
      mhz: int,
      nodes: int,
      sockets: int,
      cores: int,
      threads: int,
    },
    ['connect:read'],
  ),
  connectGetCapabilities: call(7, 'low', null, { capabilities: string }, ['connect:read']),
  connectGetHostname: call(59, 'high', null, { hostname: string }, ['connect:getattr']),
  nodeGetCellsFreeMemory: call(101, 'high', { startCell: int, maxcells: int }, { cells: list(uhyper, 1024) }, [
    'connect:read',
  ]),
  nodeGetFreeMemory: call(102, 'high', null, { freeMem: uhyper }, ['connect:read']),
  nodeGetSecurityModel: call(122, 'high', null, { model: charText(257), doi: charText(257) }, ['connect:read']),
  connectDomainXMLFromNative: call(
    135,
    'low',
    { nativeFormat: string, nativeConfig: string, flags: uint },
    { domainXml: string },
    ['connect:write'],
  ),
  connectDomainXMLToNative: call(
    136,
    'low',
    { nativeFormat: string, domainXml: string, flags: uint },
    { nativeConfig: string },
    ['connect:write'],
  ),
  connectIsSecure: call(149, 'high', null, { secure: int }),
  connectGetLibVersion: call(157, 'high', null, { libVer: uhyper }, ['connect:getattr']),
  connectCompareCPU: call(158, 'high', { xml: string, flags: uint }, { result: int }, ['connect:read']),
  connectBaselineCPU: call(162, 'low', { xmlCPUs: list(string, 256), flags: uint }, { cpu: string }, ['connect:read']),
  connectGetSysinfo: call(203, 'high', { flags: uint }, { sysinfo: string }, ['connect:read']),
  nodeGetCPUStats: call(
    227,
    'high',
    { cpuNum: int, nparams: int, flags: uint },
    { params: list(nodeGetCpuStats, 16), nparams: int },
    ['connect:read'],
  ),
  nodeGetMemoryStats: call(
    228,
    'high',
    { nparams: int, cellNum: int, flags: uint },
    { params: list(nodeGetMemoryStats, 16), nparams: int },
    ['connect:read'],
  ),
  nodeSuspendForDuration: call(250, 'low', { target: uint, duration: uhyper, flags: uint }, null, [
    'connect:pm_control',
  ]),
  nodeSetMemoryParameters: call(288, 'low', { params: list(typedParam, 64), flags: uint }, null, ['connect:write']),
  nodeGetMemoryParameters: call(
    289,
    'low',
    { nparams: int, flags: uint },
    { params: list(typedParam, 64), nparams: int },
    ['connect:read'],
  ),
  nodeGetCPUMap: call(
    293,
    'low',
    { needMap: int, needOnline: int, flags: uint },
    { cpumap: opaque(2048), online: uint, ret: int },
    ['connect:read'],
  ),
  connectGetCPUModelNames: call(
    312,
    'low',
    { arch: string, needResults: int, flags: uint },
    { models: list(string, 8192), ret: int },
    ['connect:read'],
  ),
  nodeGetFreePages: call(
    340,
    'high',
    { pages: list(uint, 1024), startCell: int, cellCount: uint, flags: uint },
    { counts: list(uhyper, 1024) },
    ['connect:read'],
  ),
  connectGetDomainCapabilities: call(
    342,
    'low',
    {
      emulatorbin: optional(string),
      arch: optional(string),
      machine: optional(string),
      virttype: optional(string),
      flags: uint,
    },
    { capabilities: string },
    ['connect:write'],
  ),
  nodeAllocPages: call(
    347,
    'low',
    { pageSizes: list(uint, 1024), pageCounts: list(uhyper, 1024), startCell: int, cellCount: uint, flags: uint },
    { ret: int },
    ['connect:write'],
  ),
  connectCompareHypervisorCPU: call(
    393,
    'low',
    {
      emulator: optional(string),
      arch: optional(string),
      machine: optional(string),
      virttype: optional(string),
      xmlCPU: string,
      flags: uint,
    },
    { result: int },
    ['connect:write'],
  ),
  connectBaselineHypervisorCPU: call(
    394,
    'low',
    {
      emulator: optional(string),
      arch: optional(string),
      machine: optional(string),
      virttype: optional(string),
      xmlCPUs: list(string, 256),
      flags: uint,
    },
    { cpu: string },
    ['connect:write'],
  ),
  nodeGetSEVInfo: call(395, 'low', { nparams: int, flags: uint }, { params: list(typedParam, 64), nparams: int }, [
    'connect:read',
  ]),
} satisfies ProcedureTable;
