import { DomainInterfaceAddressesSource, DomainModificationImpact } from '@virtkit/core/util';
import { call, ifArgument, ifFlag, unlessFlag, type ProcedureTable } from '../procedure.js';
import { domain, hyper, int, list, opaque, optional, string, uhyper, uint, record } from '../types.js';
import { typedParam } from '../typed-param.js';

const domainDiskError = record({ disk: string, error: int });
const domainIpAddr = record({ type: int, addr: string, prefix: uint });
const domainInterface = record({ name: string, hwaddr: optional(string), addrs: list(domainIpAddr, 2048) });

/** Devices of domains: change while running, disks, interfaces, block jobs. */
export const domainDevicesProcedures = {
  domainAttachDevice: call(8, 'low', { dom: domain, xml: string }, null, ['domain:write']),
  domainDetachDevice: call(13, 'low', { dom: domain, xml: string }, null, ['domain:write']),
  domainBlockStats: call(
    64,
    'low',
    { dom: domain, path: string },
    { rdReq: hyper, rdBytes: hyper, wrReq: hyper, wrBytes: hyper, errs: hyper },
    ['domain:read'],
  ),
  domainInterfaceStats: call(
    65,
    'high',
    { dom: domain, device: string },
    {
      rxBytes: hyper,
      rxPackets: hyper,
      rxErrs: hyper,
      rxDrop: hyper,
      txBytes: hyper,
      txPackets: hyper,
      txErrs: hyper,
      txDrop: hyper,
    },
    ['domain:read'],
  ),
  domainBlockPeek: call(
    103,
    'low',
    { dom: domain, path: string, offset: uhyper, size: uint, flags: uint },
    { buffer: opaque(4194304) },
    ['domain:block_read'],
  ),
  domainAttachDeviceFlags: call(160, 'low', { dom: domain, xml: string, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainDetachDeviceFlags: call(161, 'low', { dom: domain, xml: string, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainUpdateDeviceFlags: call(174, 'low', { dom: domain, xml: string, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainGetBlockInfo: call(
    194,
    'low',
    { dom: domain, path: string, flags: uint },
    { allocation: uhyper, capacity: uhyper, physical: uhyper },
    ['domain:read'],
  ),
  domainBlockJobAbort: call(237, 'low', { dom: domain, path: string, flags: uint }, null, ['domain:write']),
  domainGetBlockJobInfo: call(
    238,
    'low',
    { dom: domain, path: string, flags: uint },
    { found: int, type: int, bandwidth: uhyper, cur: uhyper, end: uhyper },
    ['domain:read'],
  ),
  domainBlockJobSetSpeed: call(239, 'low', { dom: domain, path: string, bandwidth: uhyper, flags: uint }, null, [
    'domain:write',
  ]),
  domainBlockPull: call(240, 'low', { dom: domain, path: string, bandwidth: uhyper, flags: uint }, null, [
    'domain:block_write',
  ]),
  domainBlockStatsFlags: call(
    243,
    'low',
    { dom: domain, path: string, nparams: int, flags: uint },
    { params: list(typedParam, 16), nparams: int },
    ['domain:read'],
  ),
  domainBlockResize: call(251, 'low', { dom: domain, disk: string, size: uhyper, flags: uint }, null, [
    'domain:block_write',
  ]),
  domainSetBlockIoTune: call(
    252,
    'low',
    { dom: domain, disk: string, params: list(typedParam, 32), flags: uint },
    null,
    [
      'domain:write',
      unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
      ifFlag('domain:save', DomainModificationImpact.CONFIG),
    ],
  ),
  domainGetBlockIoTune: call(
    253,
    'low',
    { dom: domain, disk: optional(string), nparams: int, flags: uint },
    { params: list(typedParam, 32), nparams: int },
    ['domain:read'],
  ),
  domainSetInterfaceParameters: call(
    256,
    'low',
    { dom: domain, device: string, params: list(typedParam, 16), flags: uint },
    null,
    [
      'domain:write',
      unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
      ifFlag('domain:save', DomainModificationImpact.CONFIG),
    ],
  ),
  domainGetInterfaceParameters: call(
    257,
    'low',
    { dom: domain, device: string, nparams: int, flags: uint },
    { params: list(typedParam, 16), nparams: int },
    ['domain:read'],
  ),
  domainGetDiskErrors: call(
    263,
    'low',
    { dom: domain, maxerrors: uint, flags: uint },
    { errors: list(domainDiskError, 256), nerrors: int },
    ['domain:read'],
  ),
  domainBlockRebase: call(
    266,
    'low',
    { dom: domain, path: string, base: optional(string), bandwidth: uhyper, flags: uint },
    null,
    ['domain:block_write'],
  ),
  domainBlockCommit: call(
    290,
    'low',
    { dom: domain, disk: string, base: optional(string), top: optional(string), bandwidth: uhyper, flags: uint },
    null,
    ['domain:block_write'],
  ),
  domainBlockCopy: call(
    345,
    'low',
    { dom: domain, path: string, destxml: string, params: list(typedParam, 16), flags: uint },
    null,
    ['domain:block_write'],
  ),
  domainInterfaceAddresses: call(
    353,
    'low',
    { dom: domain, source: uint, flags: uint },
    { ifaces: list(domainInterface, 2048) },
    ['domain:read', ifArgument('domain:write', 'source', DomainInterfaceAddressesSource.AGENT)],
  ),
  domainSetBlockThreshold: call(386, 'low', { dom: domain, dev: string, threshold: uhyper, flags: uint }, null, [
    'domain:write',
  ]),
  domainDetachDeviceAlias: call(392, 'low', { dom: domain, alias: string, flags: uint }, null, [
    'domain:write',
    unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
    ifFlag('domain:save', DomainModificationImpact.CONFIG),
  ]),
  domainFDAssociate: call(443, 'low', { dom: domain, name: string, flags: uint }, null, ['domain:write'], {
    fds: { direction: 'in', min: 1, max: 32 },
  }),
} satisfies ProcedureTable;
