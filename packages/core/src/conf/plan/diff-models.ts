/** One value that differs between two models. */
export interface Difference {
  /** As users read it: `devices.disk[vda].iotune.read_bytes_sec`. */
  readonly path: string;
  /** As tables name it: `devices.disk[].iotune.read_bytes_sec`. */
  readonly place: string;
  readonly before: unknown;
  readonly after: unknown;
  /** The list items on the way, outermost first; `before` or `after` is missing for one that comes or goes. */
  readonly items: readonly { readonly before?: unknown; readonly after?: unknown; readonly key: string }[];
}

type Item = Readonly<Record<string, unknown>>;

/** What an item of the list at `place` is recognised by; undefined: by its position. */
export type KeyOf = (item: unknown, place: string) => string | undefined;

/** The values that differ, field by field. Items of lists are paired by their keys; an item without partner is one difference. */
export function diffModels(before: unknown, after: unknown, keyOf: KeyOf): Difference[] {
  const found: Difference[] = [];
  compare(before, after, { path: '', place: '', items: [] }, keyOf, found);
  return found;
}

interface Where {
  readonly path: string;
  readonly place: string;
  readonly items: Difference['items'];
}

function compare(before: unknown, after: unknown, where: Where, keyOf: KeyOf, found: Difference[]): void {
  if (before === after) return;
  if (Array.isArray(before) || Array.isArray(after)) {
    compareLists((before ?? []) as unknown[], (after ?? []) as unknown[], where, keyOf, found);
    return;
  }
  if (isObject(before) || isObject(after)) {
    // An element that comes or goes is its values coming or going; one without any is a value itself.
    const [from, to] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    const start = found.length;
    for (const key of keys) {
      const dot = where.path === '' ? '' : '.';
      const inner = { ...where, path: `${where.path}${dot}${key}`, place: `${where.place}${dot}${key}` };
      compare(from[key], to[key], inner, keyOf, found);
    }
    if (found.length > start || (before !== undefined && after !== undefined)) return;
  }
  found.push({ ...where, before, after });
}

function compareLists(before: unknown[], after: unknown[], where: Where, keyOf: KeyOf, found: Difference[]): void {
  const place = `${where.place}[]`;
  const [from, to] = [keyed(before, place, keyOf), keyed(after, place, keyOf)];
  for (const key of new Set([...from.keys(), ...to.keys()])) {
    const [a, b] = [from.get(key), to.get(key)];
    const items = [
      ...where.items,
      { key, ...(a !== undefined && { before: a }), ...(b !== undefined && { after: b }) },
    ];
    const inner = { path: `${where.path}[${key}]`, place, items };
    if (a === undefined || b === undefined) found.push({ ...inner, before: a, after: b });
    else compare(a, b, inner, keyOf, found);
  }
}

function keyed(items: unknown[], place: string, keyOf: KeyOf): Map<string, unknown> {
  const found = new Map<string, unknown>();
  items.forEach((item, index) => {
    const wanted = keyOf(item, place) ?? String(index);
    let key = wanted;
    for (let n = 2; found.has(key); n++) key = `${wanted}#${n}`;
    found.set(key, item);
  });
  return found;
}

const isObject = (value: unknown): value is Item => typeof value === 'object' && value !== null;
