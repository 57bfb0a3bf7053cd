import type { JsonObject, JsonValue } from '../block/index.js';
import type { QemuCaps } from '../capabilities/index.js';

/** Members in the order in which they are written; those without a value are left out. */
export type Props = JsonObject;

/** Descriptors that QEMU inherits, and the path under which it finds the file behind them. */
export interface Fdset {
  readonly set: number;
  readonly fds: readonly string[];
  readonly path: string;
}

/** What is added to devices by their names. */
export interface DeviceExtensions {
  /** Devices on z/PCI have a companion. */
  readonly zpci?: ReadonlyMap<string, { readonly uid: number; readonly fid: number }>;
  /** Members that the domain sets itself. */
  readonly overrides?: ReadonlyMap<string, (props: Props) => Props>;
}

/** Numbers of 64 bits are strings that start with this until the text is made: JSON's writer has no other place for them. */
const WIDE = '\u0001';

/** A number that may be larger than JavaScript's. */
export const wide = (value: bigint): string => `${WIDE}${value}`;

/** One object with the members of all parts. */
function jsonText(parts: readonly JsonObject[]): string {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return objectText(first);
  let members = '';
  for (const part of parts) {
    const text = objectText(part);
    if (text !== '{}') members += `${members === '' ? '' : ','}${text.slice(1, -1)}`;
  }
  return `{${members}}`;
}

function objectText(object: JsonObject): string {
  const text = JSON.stringify(object);
  return text.includes('\\') ? text.replace(/"\\u0001(-?\d+)"/g, (_, digits: string) => digits) : text;
}

/** The arguments of one QEMU as they grow. Structured options are JSON where this QEMU takes that, else `key=value` lists. */
export class ArgList {
  readonly argv: string[] = [];

  #fdsets = 0;

  constructor(
    readonly caps: QemuCaps,
    private readonly extensions: DeviceExtensions = {},
  ) {}

  add(...words: readonly string[]): this {
    this.argv.push(...words);
    return this;
  }

  /** `-device`, whose members may come in parts; the first is `driver`. */
  device(...parts: readonly Props[]): void {
    const alias = String(parts.find(({ id }) => id !== undefined)?.id);
    const zpci = this.extensions.zpci?.get(alias);
    if (zpci !== undefined)
      this.#device([{ driver: 'zpci', uid: zpci.uid, fid: zpci.fid, target: alias, id: `zpci${zpci.uid}` }]);
    const override = this.extensions.overrides?.get(alias);
    this.#device(override === undefined ? parts : [override(Object.assign({}, ...parts) as Props)]);
  }

  #device(parts: readonly Props[]): void {
    this.#structured('-device', parts, this.caps.has('device.json+hotplug'), 'driver');
  }

  /** `-object`; the first member is `qom-type`. */
  object(props: Props): void {
    this.#structured('-object', [props], this.caps.has('object.qapified'), 'qom-type');
  }

  /** `-netdev`; the first member is `type`. */
  netdev(props: Props): void {
    this.#structured('-netdev', [props], this.caps.has('netdev.json'), 'type');
  }

  /** Options that every QEMU we know takes as JSON. */
  json(option: string, props: Props): void {
    this.argv.push(option, jsonText([props]));
  }

  /** The next set of descriptors; QEMU learns of it with {@link addFdset}. */
  reserveFdset(fds: readonly string[]): Fdset {
    const set = this.#fdsets++;
    return { set, fds, path: `/dev/fdset/${set}` };
  }

  addFdset({ set, fds }: Fdset, opaque: (index: number) => string): void {
    for (const [index, fd] of fds.entries()) this.add('-add-fd', `set=${set},fd=${fd},opaque=${opaque(index)}`);
  }

  #structured(option: string, parts: readonly Props[], json: boolean, kind: string): void {
    if (json) {
      this.argv.push(option, jsonText(parts));
      return;
    }
    const { [kind]: head, ...rest } = Object.assign({}, ...parts) as Props;
    this.argv.push(option, [String(head), ...keyValues(rest)].join(','));
  }
}

/** Commas separate options, so that one inside of a value is doubled. */
export const escapeComma = (value: string): string => value.replaceAll(',', ',,');

/** `key=value` for each member; lists repeat the key, lists of numbers as ranges, objects are dotted. */
export function keyValues(object: JsonObject, prefix = ''): string[] {
  return Object.entries(object).flatMap(([name, value]) =>
    value === undefined ? [] : keyValue(`${prefix}${name}`, value),
  );
}

function keyValue(key: string, value: JsonValue): string[] {
  if (typeof value === 'boolean') return [`${key}=${value ? 'on' : 'off'}`];
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    if (items.every((item) => typeof item === 'number')) return ranges(items).map((range) => `${key}=${range}`);
    return items.flatMap((item) =>
      // A list of strings is wrapped for JSON, and bare here.
      typeof item === 'object' && item !== null && 'str' in item
        ? keyValue(key, (item as JsonObject).str!)
        : keyValue(key, item),
    );
  }
  if (typeof value === 'object' && value !== null) return keyValues(value as JsonObject, `${key}.`);
  return [`${key}=${escapeComma(String(value)).replace(WIDE, '')}`];
}

function ranges(numbers: readonly number[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const first = numbers[i]!;
    while (numbers[i + 1] === numbers[i]! + 1) i++;
    out.push(numbers[i] === first ? String(first) : `${first}-${numbers[i]!}`);
  }
  return out;
}
