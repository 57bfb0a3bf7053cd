import { DomainModificationImpact } from '@virtkit/core/util';
import { call, ifFlag, unlessFlag, type ProcedureTable } from '../procedure.js';
import { domain, hyper, int, list, optional, string, uhyper, uint, record } from '../types.js';
import { typedParam } from '../typed-param.js';

const domainFsinfo = record({ mountpoint: string, name: string, fstype: string, devAliases: list(string, 256) });

/** What needs the guest: agent calls, consoles, keys, time, metadata. */
export const domainGuestProcedures = {
  domainOpenConsole: call(
    201,
    'low',
    { dom: domain, devName: optional(string), flags: uint },
    null,
    ['domain:open_device'],
    { stream: { direction: 'both', declared: 'down', parameter: 2 } },
  ),
  domainInjectNMI: call(210, 'low', { dom: domain, flags: uint }, null, ['domain:inject_nmi']),
  domainScreenshot: call(
    211,
    'low',
    { dom: domain, screen: uint, flags: uint },
    { mime: optional(string) },
    ['domain:screenshot'],
    { stream: { direction: 'down', declared: 'down', parameter: 1 } },
  ),
  domainSendKey: call(
    226,
    'low',
    { dom: domain, codeset: uint, holdtime: uint, keycodes: list(uint, 16), flags: uint },
    null,
    ['domain:send_input'],
  ),
  domainOpenGraphics: call(249, 'low', { dom: domain, idx: uint, flags: uint }, null, ['domain:open_graphics'], {
    fds: { direction: 'in', min: 1, max: 1 },
  }),
  domainPMSuspendForDuration: call(261, 'low', { dom: domain, target: uint, duration: uhyper, flags: uint }, null, [
    'domain:pm_control',
  ]),
  domainSetMetadata: call(
    264,
    'low',
    { dom: domain, type: int, metadata: optional(string), key: optional(string), uri: optional(string), flags: uint },
    null,
    [
      'domain:write',
      unlessFlag('domain:save', DomainModificationImpact.CONFIG | DomainModificationImpact.LIVE),
      ifFlag('domain:save', DomainModificationImpact.CONFIG),
    ],
  ),
  domainGetMetadata: call(
    265,
    'low',
    { dom: domain, type: int, uri: optional(string), flags: uint },
    { metadata: string },
    ['domain:read'],
  ),
  domainPMWakeup: call(267, 'low', { dom: domain, flags: uint }, null, ['domain:pm_control']),
  domainGetHostname: call(277, 'low', { dom: domain, flags: uint }, { hostname: string }, ['domain:write']),
  domainFSTrim: call(294, 'low', { dom: domain, mountPoint: optional(string), minimum: uhyper, flags: uint }, null, [
    'domain:fs_trim',
  ]),
  domainSendProcessSignal: call(295, 'low', { dom: domain, pidValue: hyper, signum: uint, flags: uint }, null, [
    'domain:send_signal',
  ]),
  domainOpenChannel: call(
    296,
    'low',
    { dom: domain, name: optional(string), flags: uint },
    null,
    ['domain:open_device'],
    { stream: { direction: 'both', declared: 'down', parameter: 2 } },
  ),
  domainFSFreeze: call(335, 'low', { dom: domain, mountpoints: list(string, 256), flags: uint }, { filesystems: int }, [
    'domain:fs_freeze',
  ]),
  domainFSThaw: call(336, 'low', { dom: domain, mountpoints: list(string, 256), flags: uint }, { filesystems: int }, [
    'domain:fs_freeze',
  ]),
  domainGetTime: call(337, 'low', { dom: domain, flags: uint }, { seconds: hyper, nseconds: uint }, ['domain:write']),
  domainSetTime: call(338, 'low', { dom: domain, seconds: hyper, nseconds: uint, flags: uint }, null, [
    'domain:set_time',
  ]),
  domainOpenGraphicsFD: call(343, 'low', { dom: domain, idx: uint, flags: uint }, null, ['domain:open_graphics'], {
    fds: { direction: 'out', min: 1, max: 1 },
  }),
  domainGetFSInfo: call(349, 'low', { dom: domain, flags: uint }, { info: list(domainFsinfo, 256), ret: uint }, [
    'domain:fs_freeze',
  ]),
  domainSetUserPassword: call(
    357,
    'low',
    { dom: domain, user: optional(string), password: optional(string), flags: uint },
    null,
    ['domain:set_password'],
  ),
  domainGetGuestInfo: call(418, 'low', { dom: domain, types: uint, flags: uint }, { params: list(typedParam, 2048) }, [
    'domain:write',
  ]),
  domainAgentSetResponseTimeout: call(420, 'low', { dom: domain, timeout: int, flags: uint }, { result: int }, [
    'domain:write',
  ]),
  domainAuthorizedSSHKeysGet: call(
    424,
    'low',
    { dom: domain, user: string, flags: uint },
    { keys: list(string, 2048) },
    ['domain:write'],
  ),
  domainAuthorizedSSHKeysSet: call(
    425,
    'low',
    { dom: domain, user: string, keys: list(string, 2048), flags: uint },
    null,
    ['domain:write'],
  ),
  domainGetMessages: call(426, 'low', { dom: domain, flags: uint }, { msgs: list(string, 2048) }, ['domain:read']),
} satisfies ProcedureTable;
