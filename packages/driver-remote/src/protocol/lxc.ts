import { call, program, type ProcedureTable } from './procedure.js';
import { domain, uint } from './types.js';

export const lxcProcedures = {
  domainOpenNamespace: call(1, 'low', { dom: domain, flags: uint }, null, ['domain:open_namespace'], {
    driver: 'domainLxcOpenNamespace',
    fds: { direction: 'out', min: 1, max: 32 },
  }),
} satisfies ProcedureTable;

/** Program lxc: namespace descriptors, on the same connection as remote. */
export const lxc = program({ name: 'lxc', number: 0x00068000, version: 1 }, [['hypervisor', lxcProcedures]]);
