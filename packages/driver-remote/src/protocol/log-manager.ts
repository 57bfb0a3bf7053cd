import { call, program, type ProcedureTable } from './procedure.js';
import { int, string, uuid, uhyper, uint, record } from './types.js';

/** The domain as the log daemon knows it. */
const logDomain = record({ uuid: uuid, name: string });
const logFilePosition = record({ inode: uhyper, offset: uhyper });

export const logManagerProcedures = {
  domainOpenLogFile: call(
    1,
    'low',
    { driver: string, dom: logDomain, path: string, flags: uint },
    { pos: logFilePosition },
    [],
    { fds: { direction: 'out', min: 1, max: 1 } },
  ),
  domainGetLogFilePosition: call(2, 'low', { path: string, flags: uint }, { pos: logFilePosition }),
  domainReadLogFile: call(
    3,
    'low',
    { path: string, pos: logFilePosition, maxlen: uhyper, flags: uint },
    { data: string },
  ),
  domainAppendLogFile: call(
    4,
    'low',
    { driver: string, dom: logDomain, path: string, message: string, flags: uint },
    { ret: int },
  ),
} satisfies ProcedureTable;

/** Program logManager: virtlogd's socket. */
export const logManager = program({ name: 'logManager', number: 0x87539319, version: 1 }, [
  [undefined, logManagerProcedures],
]);
