import { parseBitmap } from '../common/bitmap.js';
import { internal, unsupported, wrong } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainNumaDefNodeDistance and its kin: NUMA cells share the vCPUs out, each to one of them at most. */
export function checkCells({ cpu, vcpu }: Partial<DomainDef>): void {
  const cells = cpu?.numa?.cell;
  if (cells?.length === 0) throw wrong('NUMA topology defined without NUMA cells');
  const owner = new Map<number, number>();
  for (const [index, { id = index, cpus }] of cells?.entries() ?? [])
    for (const number of (cpus === undefined ? undefined : parseBitmap(cpus)) ?? []) {
      const other = owner.get(number);
      if (other !== undefined) throw unsupported(`NUMA cells ${other} and ${id} have overlapping vCPU ids`);
      owner.set(number, id);
    }
  const most = vcpu?.value ?? 1;
  if (owner.size > most) throw internal('Number of CPUs in <numa> exceeds the <vcpu> count');
  // libvirt's highest id is 0 where there is none, so that a guest without vCPUs is refused here, cells or not.
  if (Math.max(0, ...owner.keys()) >= most) throw internal('CPU IDs in <numa> exceed the <vcpu> count');
}
