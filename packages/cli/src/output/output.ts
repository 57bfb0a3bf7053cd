import { formatTable } from './table.js';

/** What a command says: as data for `--json`, and as text for people. */
export interface Output {
  readonly json: unknown;
  /** Without the final newline. */
  text(): string;
  /** The exit code, where success has several. */
  readonly status?: number;
  /** What the JSON leaves out, for stderr. */
  jsonNotes?(): readonly string[];
}

/** One sentence about what was done, and what it was done on. */
export function said(text: string, json: Readonly<Record<string, unknown>> = {}): Output {
  return { json, text: () => (text === '' ? '' : `${text}\n`) };
}

/** Text as it is, for example an XML document; in JSON under `key`. */
export function plain(text: string, key = 'text'): Output {
  return { json: { [key]: text }, text: () => text };
}

export interface Column<Row> {
  readonly title: string;
  /** Name in JSON. */
  readonly key: string;
  /** What JSON has. */
  value(row: Row): unknown;
  /** What people read; default the value as text, `-` for null. */
  text?(row: Row): string;
  /** Only on request, in text; JSON has it always. */
  readonly hidden?: boolean;
}

/** A list of objects. */
export function listed<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Output {
  return {
    json: rows.map((row) => Object.fromEntries(columns.map((column) => [column.key, column.value(row)]))),
    text() {
      const shown = columns.filter((column) => column.hidden !== true);
      const cells = rows.map((row) => shown.map((column) => column.text?.(row) ?? textOf(column.value(row))));
      return formatTable(
        shown.map((column) => column.title),
        cells,
      );
    },
  };
}

/** Facts about one object: `label: value` lines, the values in column `width`, as virsh has them. */
export function facts(
  entries: readonly (readonly [label: string, key: string, value: unknown, text?: string])[],
  width = 16,
): Output {
  return {
    json: Object.fromEntries(entries.map(([, key, value]) => [key, value])),
    text: () =>
      `${entries.map(([label, , value, text]) => `${`${label}:`.padEnd(width)}${text ?? textOf(value)}`).join('\n')}\n`,
  };
}

/** Lines, one for each item; JSON has the list. */
export function lines(items: readonly (string | number | bigint)[]): Output {
  return { json: items, text: () => (items.length === 0 ? '' : `${items.map(String).join('\n')}\n`) };
}

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' ? JSON.stringify(value, jsonValue) : String(value as string | number | bigint);
}

/** For JSON.stringify: 64-bit numbers as numbers where they are exact, else as text; bytes as base64. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint')
    return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
      ? Number(value)
      : value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
