import { formatBitmap, parseBitmap } from '../common/bitmap.js';
import { unsupported, wrong } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

/** What the document's elements on processors, threads and NUMA say about one another. */
export function postParseTuning(def: DomainDef): void {
  settleVcpus(def);
  settleNumatune(def);
  settleIoThreads(def);
  settleCachetune(def);
}

function settleVcpus(def: DomainDef): void {
  const { vcpu } = def;
  if (def.vcpus?.vcpu.length === 0) delete def.vcpus;
  if (def.vcpus !== undefined) listAll(vcpu, def.vcpus);
  vcpu.placement ??= 'static';
  if (vcpu.placement === 'auto') delete vcpu.cpuset;
  if (vcpu.current === vcpu.value) delete vcpu.current;
  settlePins(def);
}

/** Where processors are told of one by one, those that are not are off, and how many there are at first is counted. */
function listAll(vcpu: DomainDef['vcpu'], vcpus: NonNullable<DomainDef['vcpus']>): void {
  const told = new Map(vcpus.vcpu.map((entry) => [entry.id, entry]));
  vcpus.vcpu = Array.from({ length: vcpu.value }, (_, id) => {
    const { enabled, hotpluggable, order } = told.get(id) ?? { enabled: false };
    return { id, enabled, hotpluggable: hotpluggable ?? !enabled, ...(order !== undefined && { order }) };
  });
  vcpu.current = vcpus.vcpu.filter(({ enabled }) => enabled).length;
}

/** Pins of processors that the domain does not have are left out. */
function settlePins({ cputune, vcpu }: DomainDef): void {
  if (cputune?.vcpupin === undefined) return;
  const kept = cputune.vcpupin.filter((pin) => pin.vcpu < vcpu.value);
  if (kept.length > 0) cputune.vcpupin = kept;
  else delete cputune.vcpupin;
}

/** virDomainNumatuneParseXML's rules for what is not said. */
function settleNumatune(def: DomainDef): void {
  const { numatune } = def;
  if (numatune === undefined) {
    if (def.vcpu.placement === 'auto') def.numatune = { memory: { mode: 'strict', placement: 'auto' } };
    return;
  }
  const { memory, memnode } = numatune;
  for (const nodeset of [memory?.nodeset, ...(memnode ?? []).map((node) => node.nodeset)])
    if (nodeset === '') throw unsupported("Invalid value of 'nodeset': no node is left in it");
  if (memory !== undefined) {
    memory.mode ??= 'strict';
    memory.placement ??= memory.nodeset !== undefined || def.vcpu.placement === 'static' ? 'static' : 'auto';
    if (memory.placement === 'auto') delete memory.nodeset;
    else if (memory.nodeset === undefined)
      throw unsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
    // Where memory goes by advice, so do the processors, unless they were given a place.
    if (memory.placement === 'auto' && !isPinned(def)) def.vcpu.placement = 'auto';
  }
  settleMemnodes(def);
}

const isPinned = ({ vcpu, cputune }: DomainDef): boolean =>
  vcpu.cpuset !== undefined ||
  cputune?.vcpupin !== undefined ||
  cputune?.emulatorpin !== undefined ||
  cputune?.iothreadpin !== undefined;

function settleMemnodes(def: DomainDef): void {
  const { memory, memnode } = def.numatune ?? {};
  if (memnode === undefined) return;
  const cells = def.cpu?.numa?.cell.length ?? 0;
  if (cells === 0) throw wrong("Element 'memnode' is invalid without any guest NUMA cells");
  if (memory?.placement === 'auto')
    throw unsupported('Per-node binding is not compatible with automatic NUMA placement.');
  const seen = new Set<number>();
  for (const node of memnode) {
    if (node.cellid >= cells)
      throw wrong(`Argument 'cellid' in memnode element must correspond to existing guest's NUMA cell`);
    if (seen.has(node.cellid)) throw wrong(`Multiple memnode elements with cellid ${node.cellid}`);
    seen.add(node.cellid);
    if (memory?.mode === 'restrictive' && node.mode !== 'restrictive')
      throw wrong("'restrictive' mode is required in memnode element when mode is 'restrictive' in memory element");
    node.mode ??= 'strict';
  }
  memnode.sort((a, b) => a.cellid - b.cellid);
}

/** virDomainIOThreadIDDefArrayInit: as many threads as asked for, the lowest free numbers for those without one. */
function settleIoThreads(def: DomainDef): void {
  const threads = def.iothreadids?.iothread;
  if (threads === undefined) return;
  const seen = new Set<number>();
  for (const { id } of threads) {
    if (seen.has(id)) throw wrong(`duplicate iothread id '${id}' found`);
    seen.add(id);
  }
  const count = Math.max(def.iothreads ?? 0, threads.length);
  def.iothreads = count;
  for (let id = 1; threads.length < count; id++) if (!seen.has(id)) threads.push({ id });
  if (threads.length === 0) delete def.iothreadids;
}

/** Processors that the domain does not have are left out; an allocation for none of them is. */
function settleCachetune(def: DomainDef): void {
  const { cputune } = def;
  if (cputune === undefined) return;
  for (const key of ['cachetune', 'memorytune'] as const) {
    const groups = cputune[key];
    if (groups === undefined) continue;
    const known = (vcpus: string): string =>
      formatBitmap((parseBitmap(vcpus) ?? []).filter((id) => id < def.vcpu.value));
    for (const group of groups) {
      group.vcpus = known(group.vcpus);
      for (const monitor of group.monitor ?? []) monitor.vcpus = known(monitor.vcpus);
    }
    const kept = groups.filter(({ vcpus }) => vcpus !== '') as never[];
    if (kept.length > 0) cputune[key] = kept;
    else delete cputune[key];
  }
}
