import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { parseBitmap } from '../common/bitmap.js';
import { invalidArgument, unsupported, wrong } from '../common/problems.js';
import type { CachetuneDef, MemorytuneDef } from '../cpu-tuning.js';
import type { DomainDef } from '../domain-def.js';

const resctrl = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.RESCTRL, detail);

/** Limits of processor time. */
export function checkResources(def: DomainDef): void {
  checkPeriods(def);
}

const PERIODS = ['period', 'global_period', 'emulator_period', 'iothread_period'] as const;
const QUOTAS = ['quota', 'global_quota', 'emulator_quota', 'iothread_quota'] as const;

/** VIR_CGROUP_CPU_QUOTA_MAX, in microseconds: what the kernel can count in its own, finer unit. */
const MAX_QUOTA = 17_592_186_044_415;

/** virDomainDefCputuneValidate */
function checkPeriods({ cputune }: DomainDef): void {
  if (cputune === undefined) return;
  for (const key of PERIODS) {
    const value = cputune[key];
    if (value !== undefined && value > 0 && (value < 1000 || value > 1000000))
      throw unsupported(`Value of cputune '${key}' must be in range [1000, 1000000]`);
  }
  for (const key of QUOTAS) {
    const value = cputune[key];
    if (value !== undefined && value > 0 && (value < 1000 || value > MAX_QUOTA))
      throw unsupported(`Value of cputune '${key}' must be in range [1000, ${MAX_QUOTA}]`);
  }
}

type Group = CachetuneDef | MemorytuneDef;

/** Groups of processors either are the same for cache and memory bandwidth, or have none in common. */
export function checkAllocations({ cputune }: Partial<DomainDef>): void {
  const groups: Group[] = [];
  for (const [key, what] of [
    ['cachetune', 'Overlapping'],
    ['memorytune', 'Overlapping'],
  ] as const)
    for (const group of cputune?.[key] ?? []) {
      const same = groups.find(({ vcpus }) => vcpus === group.vcpus);
      if (same !== undefined && cputune?.[key]?.includes(same as never) === true)
        throw wrong(`Identical vcpus in ${key}s found`);
      if (same === undefined && groups.some((other) => overlap(other.vcpus, group.vcpus)))
        throw wrong(`${what} vcpus in resctrls`);
      groups.push(group);
      if (key === 'cachetune') checkCaches(group as CachetuneDef);
      else checkBandwidths(group as MemorytuneDef);
      checkMonitors(group);
    }
}

function overlap(a: string, b: string): boolean {
  const ids = new Set(parseBitmap(a));
  return (parseBitmap(b) ?? []).some((id) => ids.has(id));
}

function checkCaches({ cache }: CachetuneDef): void {
  const seen: NonNullable<CachetuneDef['cache']> = [];
  for (const item of cache ?? []) {
    const clash = seen.find(
      (other) =>
        other.level === item.level &&
        other.id === item.id &&
        (other.type === item.type || other.type === 'both' || item.type === 'both'),
    );
    if (clash !== undefined)
      throw resctrl(`Colliding cache allocations for cache level '${item.level}' id '${item.id}', type '${item.type}'`);
    seen.push(item);
  }
}

function checkBandwidths({ node }: MemorytuneDef): void {
  const seen = new Set<number>();
  for (const { id, bandwidth } of node ?? []) {
    if (bandwidth > 100) throw resctrl('Memory Bandwidth value exceeding 100 is invalid.');
    if (seen.has(id)) throw resctrl(`Memory Bandwidth already defined for node ${id}`);
    seen.add(id);
  }
}

/** A monitor watches the whole group, or processors that no other monitor watches. */
function checkMonitors({ vcpus, monitor }: Group): void {
  const whole = parseBitmap(vcpus) ?? [];
  const seen = new Set<string>();
  let watched: number[] = [];
  for (const item of monitor ?? []) {
    const ids = parseBitmap(item.vcpus) ?? [];
    if (ids.some((id) => !whole.includes(id))) throw invalidArgument('Monitor vcpus conflicts with allocation');
    if (seen.has(item.vcpus)) throw invalidArgument('Identical vcpus found in same type monitors');
    seen.add(item.vcpus);
    if (item.vcpus === vcpus) continue;
    if (ids.some((id) => watched.includes(id))) throw invalidArgument('vcpus overlaps in monitors');
    watched = [...watched, ...ids];
  }
}
