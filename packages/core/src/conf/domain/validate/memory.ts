import { parseBitmap } from '../common/bitmap.js';
import { contradictory } from '../common/problems.js';
import type { MemoryDeviceDef } from '../devices/memory.js';
import type { DomainDef } from '../domain-def.js';

/** What speaks of NUMA cells must speak of cells there are. */
export function checkMemory(def: DomainDef): void {
  const cells = def.cpu?.numa?.cell.length ?? 0;
  for (const { nodeset } of def.memoryBacking?.hugepages?.page ?? []) {
    if (nodeset === undefined) continue;
    const beyond = (parseBitmap(nodeset) ?? []).find((node) => node >= Math.max(cells, 1));
    if (beyond !== undefined) throw contradictory(`hugepages: node ${beyond} not found`);
  }
  for (const { size } of def.memoryBacking?.hugepages?.page ?? [])
    if (size === 0) throw contradictory("hugepage size can't be zero");
}

/** virDomainMemoryDefValidate */
export function checkMemoryDevice({ model, source, target }: MemoryDeviceDef, def: DomainDef): void {
  const cells = def.cpu?.numa?.cell.length ?? 0;
  if ((model === 'nvdimm' || model === 'virtio-pmem') && source?.path === undefined)
    throw contradictory(`path is required for model '${model}'`);
  if (target.node === undefined) return;
  if (cells === 0) throw contradictory("can't add memory backend as guest has no NUMA nodes configured");
  if (target.node >= cells)
    throw contradictory(
      `can't add memory backend for guest node '${target.node}' as the guest has only '${cells}' NUMA nodes configured`,
    );
}
