import { xdr } from '@virtkit/core/util';
import { event, program, type ProcedureTable } from './procedure.js';
import { uhyper } from './types.js';

/** How an LXC guest ended. */
export const exitStatus = xdr.enumeration('ExitStatus', { error: 0, shutdown: 1, reboot: 2 });

export const lxcMonitorProcedures = {
  exitEvent: event(1, { status: exitStatus }),
  initEvent: event(2, { initpid: uhyper }),
} satisfies ProcedureTable;

/** Program lxcMonitor: events of an LXC controller for its daemon. */
export const lxcMonitor = program({ name: 'lxcMonitor', number: 0x12341234, version: 1 }, [
  [undefined, lxcMonitorProcedures],
]);
