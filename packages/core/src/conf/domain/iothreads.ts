import type { IoThreadDef } from './cpu-tuning.js';
import type { DomainDef } from './domain-def.js';

/** Marks a thread that nobody named: it is there because of the count, and not written while it need not be. */
const AUTOFILLED: unique symbol = Symbol('autofilled');

type Thread = IoThreadDef & { readonly [AUTOFILLED]?: true };

/** The IO threads of a domain: those that are named, then the lowest free ones up to the count. */
function threadsOf(def: DomainDef): Thread[] {
  const threads: Thread[] = [...(def.iothreadids?.iothread ?? [])];
  const taken = new Set(threads.map(({ id }) => id));
  for (let id = 1; threads.length < (def.iothreads ?? 0); id++)
    if (!taken.has(id)) threads.push({ id, [AUTOFILLED]: true });
  return threads;
}

/** The ids of a domain's IO threads. */
export const iothreadIds = (def: DomainDef): number[] => threadsOf(def).map(({ id }) => id);

/** What is said of one IO thread. */
export const iothreadOf = (def: DomainDef, id: number): IoThreadDef | undefined =>
  threadsOf(def).find((thread) => thread.id === id);

/** The definition that says more of one IO thread, which is named from then on. */
export const withIothreadOptions = (def: DomainDef, id: number, options: Omit<IoThreadDef, 'id'>): DomainDef =>
  withThreads(
    def,
    threadsOf(def).map((thread) => {
      if (thread.id !== id) return thread;
      const { [AUTOFILLED]: _, ...named } = thread;
      return { ...named, ...options };
    }),
  );

/** The definition with one IO thread more. */
export const withIothread = (def: DomainDef, id: number): DomainDef => withThreads(def, [...threadsOf(def), { id }]);

/** The definition with a thread that is no longer there for the count alone, so that all are written. */
export const withNamedIothread = (def: DomainDef, id: number): DomainDef => withIothreadOptions(def, id, {});

/** The definition without an IO thread and its pin; the threads after it keep their ids, which must be written now. */
export function withoutIothread(def: DomainDef, id: number): DomainDef {
  const threads = threadsOf(def);
  const at = threads.findIndex((thread) => thread.id === id);
  const rest = [...threads.slice(0, at), ...threads.slice(at + 1).map(({ [AUTOFILLED]: _, ...thread }) => thread)];
  const { iothreadpin, ...cputune } = def.cputune ?? {};
  const pins = iothreadpin?.filter(({ iothread }) => iothread !== id) ?? [];
  const unpinned =
    iothreadpin === undefined
      ? def
      : { ...def, cputune: pins.length === 0 ? cputune : { ...cputune, iothreadpin: pins } };
  return withThreads(unpinned, rest);
}

function withThreads(def: DomainDef, threads: readonly Thread[]): DomainDef {
  const { iothreads: _count, iothreadids: _ids, ...rest } = def;
  if (threads.length === 0) return rest;
  const counted = { ...rest, iothreads: threads.length };
  return threads.every((thread) => thread[AUTOFILLED] === true)
    ? counted
    : { ...counted, iothreadids: { iothread: [...threads] } };
}
