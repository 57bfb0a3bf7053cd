import type { DomainDef } from '@virtkit/core/conf';
import type { QemuCaps, QemuFlag } from '../../capabilities/index.js';
import { configUnsupported } from '../../errors.js';
import type { QemuXmlRules } from '../rules.js';

/** What a check looks at besides its device: the domain, what the emulator can do, and what the host is set up for. */
export interface Subject {
  readonly def: DomainDef;
  readonly caps: QemuCaps;
  readonly rules: QemuXmlRules;
}

/** Refuses what the emulator is not built for. */
export function need({ caps }: Pick<Subject, 'caps'>, flag: QemuFlag, detail: string): void {
  if (!caps.has(flag)) throw configUnsupported(detail);
}

/** Refuses a configuration. */
export function refuseIf(condition: boolean, detail: string): void {
  if (condition) throw configUnsupported(detail);
}

/** Whether other processes can get at the guest's memory: virtiofs and vhost-user devices live in such. */
export function hasSharedMemory({ def, caps }: Subject): boolean {
  const { memoryBacking, cpu } = def;
  const all = memoryBacking?.access?.mode === 'shared';
  const cells = cpu?.numa?.cell ?? [];
  // Older machines can share only the memory of NUMA cells.
  return cells.length === 0
    ? all && caps.machine(def.type, def.os.type.machine ?? '')?.defaultRamId !== undefined
    : cells.every(({ memAccess }) => (memAccess ?? (all ? 'shared' : 'private')) === 'shared');
}
