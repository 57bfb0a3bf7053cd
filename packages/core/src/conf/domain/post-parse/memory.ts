import { parseBitmap } from '../common/bitmap.js';
import { wrong } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';
import type { DomainParseOptions } from '../xml-option.js';

/** virDomainDefPostParseMemory: how much memory there is when the document leaves it to NUMA cells and memory devices. */
export function postParseMemory(def: DomainDef, parse: DomainParseOptions): void {
  const open = def as Partial<DomainDef>;
  open.memory ??= { value: 0 };
  const cells = def.cpu?.numa?.cell ?? [];
  // Without cells all memory is that of cell 0.
  if (cells.length === 0)
    for (const page of def.memoryBacking?.hugepages?.page ?? [])
      if (page.nodeset !== undefined && !parseBitmap(page.nodeset)?.some((node) => node > 0)) delete page.nodeset;
  const hotplug = def.devices.memory.reduce((sum, device) => sum + device.target.size, 0);
  const inCells =
    def.memory.value === 0 || parse.abiUpdate === true ? cells.reduce((sum, cell) => sum + cell.memory, 0) : 0;
  if (inCells > 0) def.memory.value = inCells + hotplug;
  else if (hotplug > def.memory.value) throw wrong('Total size of memory devices exceeds the total memory size');
  if (def.memory.value - hotplug === 0)
    throw wrong('Memory size must be specified via <memory> or in the <numa> configuration');
  const { currentMemory, maxMemory, memory } = { ...def, currentMemory: open.currentMemory ?? 0 };
  if (currentMemory === 0 || currentMemory > memory.value) def.currentMemory = memory.value;
  if (maxMemory === undefined) return;
  if (maxMemory.slots === 0 || maxMemory.value === 0)
    throw wrong('both maximum memory size and memory slot count must be specified');
  if (maxMemory.value < memory.value)
    throw wrong('maximum memory size must be equal or greater than the actual memory size');
}
