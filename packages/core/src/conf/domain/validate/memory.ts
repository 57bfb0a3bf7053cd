import { parseBitmap } from '../common/bitmap.js';
import { contradictory, unsupported, wrong } from '../common/problems.js';
import type { MemoryDeviceDef, MemoryTargetDef } from '../devices/memory.js';
import type { DomainDef } from '../domain-def.js';
import type { HugepageDef } from '../memory-tuning.js';

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
  checkPages(def.memoryBacking?.hugepages?.page ?? []);
}

/** Pages of one size at the most are for all cells that none are named for, and for each cell. */
function checkPages(pages: readonly HugepageDef[]): void {
  pages.forEach((page, place) => {
    for (const earlier of pages.slice(0, place)) {
      const sizes = `${page.size} and ${earlier.size}`;
      if (page.nodeset === undefined && earlier.nodeset === undefined)
        throw contradictory(`two master hugepages detected: ${sizes}`);
      const nodes = new Set(parseBitmap(earlier.nodeset ?? ''));
      if (parseBitmap(page.nodeset ?? '')?.some((node) => nodes.has(node)) === true)
        throw contradictory(`nodeset attribute of hugepages of sizes ${sizes} intersect`);
    }
  });
}

/** virDomainMemoryDefValidate */
export function checkMemoryDevice(device: MemoryDeviceDef, def: DomainDef): void {
  const { model, access, source, target } = device;
  const cells = def.cpu?.numa?.cell.length ?? 0;
  if ((model === 'nvdimm' || model === 'virtio-pmem') && source?.path === undefined)
    throw contradictory(`path is required for model '${model}'`);
  if (model === 'nvdimm') checkLabel(target);
  if (model === 'virtio-pmem' && access !== undefined && access !== 'shared')
    throw unsupported('shared access mode required for virtio-pmem device');
  if (model === 'virtio-mem') checkBlocks(target);
  if (target.node === undefined) return;
  if (cells === 0) throw contradictory("can't add memory backend as guest has no NUMA nodes configured");
  if (target.node >= cells)
    throw contradictory(
      `can't add memory backend for guest node '${target.node}' as the guest has only '${cells}' NUMA nodes configured`,
    );
}

/** What a label on a module takes at the least, in KiB. */
const LEAST_LABEL = 128;

function checkLabel({ size, label }: MemoryTargetDef): void {
  if (label === undefined) return;
  if (label.size < LEAST_LABEL) throw wrong(`nvdimm label must be at least ${LEAST_LABEL}KiB`);
  if (label.size >= size) throw wrong('label size must be smaller than NVDIMM size');
}

/** Memory that comes and goes does so in blocks. */
function checkBlocks({ size, block = 0, requested = 0 }: MemoryTargetDef): void {
  if (!(block > 0 && Number.isInteger(Math.log2(block)))) throw contradictory('block size must be a power of two');
  if (requested > size) throw contradictory(`requested size must be smaller than or equal to @size (${size}KiB)`);
  if (requested % block !== 0) throw contradictory('requested size must be an integer multiple of block size');
}
