import type { DomainDef } from '@virtkit/core/conf';

/** The ids of a domain's IO threads: those that are named, then the lowest free ones up to the count. */
export function iothreadIds(def: DomainDef): number[] {
  const ids = (def.iothreadids?.iothread ?? []).map(({ id }) => id);
  const taken = new Set(ids);
  for (let id = 1; ids.length < (def.iothreads ?? 0); id++) if (!taken.has(id)) ids.push(id);
  return ids;
}

/** The definition with exactly these IO threads; what was set for those that stay is kept. */
export function withIothreads(def: DomainDef, ids: readonly number[]): DomainDef {
  const { iothreads: _count, iothreadids, ...rest } = def;
  const pins = def.cputune?.iothreadpin?.filter(({ iothread }) => ids.includes(iothread));
  const changed: DomainDef = def.cputune?.iothreadpin === undefined ? rest : { ...rest, cputune: withPins(def, pins) };
  if (ids.length === 0) return changed;
  const known = new Map(iothreadids?.iothread.map((thread) => [thread.id, thread]));
  return { ...changed, iothreads: ids.length, iothreadids: { iothread: ids.map((id) => known.get(id) ?? { id }) } };
}

function withPins(def: DomainDef, pins: { iothread: number; cpuset: string }[] | undefined) {
  const { iothreadpin: _, ...cputune } = def.cputune ?? {};
  return pins === undefined || pins.length === 0 ? cputune : { ...cputune, iothreadpin: pins };
}
