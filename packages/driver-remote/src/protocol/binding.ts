import { FUNCTIONS, STRUCTS, type FunctionEntry, type FunctionName, type StreamDriver } from '@virtkit/core/driver';
import { TypedParameterFlags, TypedParameterType, type TypedParam, type XdrNode } from '@virtkit/core/util';
import { lxc } from './lxc.js';
import type { Procedure } from './procedure.js';
import { qemu } from './qemu.js';
import { remote } from './remote/index.js';
import { SPECIAL, type Conversions } from './special-bindings.js';

/**
 * How a function of the API travels as a procedure: the rule from which a daemon and a client both follow. Values on the
 * wire are in the order of the record's fields.
 */
export interface Binding extends Conversions {
  readonly procedure: Procedure;
  readonly name: FunctionName;
  readonly entry: FunctionEntry;
  /** The public name, for messages. */
  readonly symbol: string;
  /** Daemon: the object that the function acts on; undefined for the connection. */
  self(wire: readonly unknown[]): object | undefined;
  /** Daemon: whether the client only asks how many parameters there are. */
  counts(wire: readonly unknown[]): boolean;
  /** Client: how many items there are, in the answer to a call that has no room; undefined where that cannot be asked. */
  readonly countOf: ((answer: readonly unknown[]) => number) | undefined;
  /** The stream in what a driver returned, for procedures that open one. */
  streamOf(result: unknown): StreamDriver | undefined;
}

/** The binding of a procedure; undefined where no function of the drivers belongs to it, as for authentication. */
export function bindingOf(procedure: Procedure): Binding | undefined {
  let binding = bindings.get(procedure);
  if (binding === undefined && procedure.kind === 'call') {
    const name = functionName(procedure);
    if (name === undefined) return undefined;
    bindings.set(procedure, (binding = bind(name, procedure)));
  }
  return binding;
}

/** The procedure that carries a function; undefined where a client answers by itself. */
export function procedureOf(name: FunctionName): Procedure | undefined {
  const [program, procedure] = FUNCTIONS[name].wire?.split('.') ?? [];
  if (procedure === undefined) return undefined;
  return wireNames().get(`${program}.${procedure.toLowerCase()}`);
}

const bindings = new Map<Procedure, Binding>();
let procedures: Map<string, Procedure> | undefined;
let functions: Map<Procedure, FunctionName> | undefined;

/** Procedures by program and name; the wire's own spelling differs from the driver tables' in case. */
function wireNames(): Map<string, Procedure> {
  if (procedures === undefined) {
    procedures = new Map();
    for (const program of [remote, qemu, lxc])
      for (const one of program.procedures) procedures.set(`${program.name}.${one.name.toLowerCase()}`, one);
  }
  return procedures;
}

function functionName(procedure: Procedure): FunctionName | undefined {
  if (functions === undefined) {
    functions = new Map();
    for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
      const carrier = procedureOf(name);
      // Where two functions share a procedure it belongs to the one of its own name.
      if (carrier === undefined || (functions.has(carrier) && carrier.driver !== name)) continue;
      functions.set(carrier, name);
    }
  }
  return functions.get(procedure);
}

/** Fields of arguments that say how much the caller takes; the API has no such arguments. */
const ROOM = new Set(['maxnames', 'maxids', 'maxuuids', 'maxlist', 'nparams', 'maxerrors', 'maxStats']);

interface Field {
  readonly name: string;
  readonly type: XdrNode;
}

const fieldsOf = (record: Procedure['args']): Field[] =>
  record === undefined ? [] : Object.entries(record.fields).map(([name, type]) => ({ name, type }));

function bind(name: FunctionName, procedure: Procedure): Binding {
  const entry: FunctionEntry = FUNCTIONS[name];
  const onObject = entry.on !== 'connect';
  const conversions = { ...regular(entry, procedure, onObject), ...SPECIAL[name] };
  return {
    procedure,
    name,
    entry,
    symbol: entry.symbol ?? name,
    self: selfOf(entry, onObject),
    counts: countsOf(procedure),
    countOf: entry.returns === 'params[]' ? undefined : countIn(procedure),
    streamOf:
      entry.returns === 'stream'
        ? (result) => result as StreamDriver
        : procedure.stream === undefined
          ? () => undefined
          : (result) => (result as { stream?: StreamDriver }).stream,
    ...conversions,
  };
}

function countsOf(procedure: Procedure): Binding['counts'] {
  const nparams = fieldsOf(procedure.args).findIndex(({ name }) => name === 'nparams');
  return nparams < 0 ? () => false : (wire) => wire[nparams] === 0;
}

function countIn({ args, ret }: Procedure): Binding['countOf'] {
  const [items, count] = fieldsOf(ret);
  if (items?.type.kind !== 'list' || count?.name !== 'nparams') return undefined;
  return fieldsOf(args).some(({ name }) => name === 'nparams') ? (answer) => answer[1] as number : undefined;
}

function selfOf(entry: FunctionEntry, onObject: boolean): Binding['self'] {
  if (!onObject) return () => undefined;
  // A host device travels as its bare name.
  if (entry.on === 'nodeDevice') return ([name]) => (typeof name === 'string' ? { name } : (name as object));
  return (wire) => wire[0] as object;
}

function regular(entry: FunctionEntry, procedure: Procedure, onObject: boolean): Conversions {
  const sent = fieldsOf(procedure.args);
  const answered = fieldsOf(procedure.ret);
  const room = sent.findIndex(({ name }) => ROOM.has(name));
  const need = sent.findIndex(({ name }) => name === 'needResults');
  const args = entry.args.map((text) => text.split(':') as [name: string, kind: string]);
  const free = sent.map((_, index) => index).filter((i) => i >= (onObject ? 1 : 0) && i !== room && i !== need);
  // Position of each argument on the wire; -1 for descriptors, which travel beside the record.
  const at = args.map(([name, kind]) => (isDescriptors(name, kind) ? -1 : free.shift()!));
  const flags = at[args.findIndex(([name]) => name === 'flags')] ?? -1;
  const capacity = listLimit(answered[0]?.type);
  const whole =
    onObject &&
    sent.length === args.length + 1 &&
    at.every((index, i) => index === i + 1) &&
    args.every(([, kind]) => kind !== 'bool');
  const plain =
    !onObject &&
    sent.length === args.length &&
    at.every((index, i) => index === i) &&
    args.every(([, kind]) => kind !== 'bool');
  const nodeDevice = entry.on === 'nodeDevice' && sent[0]?.type.kind === 'string';
  // Daemons keep strings among parameters from clients that do not say that they can take them.
  const strings = sent[room]?.name === 'nparams' && entry.returns === 'params' && flags >= 0;

  return {
    args: plain
      ? (wire) => wire
      : whole
        ? (wire) => wire.slice(1)
        : (wire) =>
            at.map((index, i) => (index < 0 ? (args[i]![1] === 'int' ? -1 : []) : fromWire(args[i]![1], wire[index]))),
    wire: (self, given, items = capacity) => {
      const values = new Array<unknown>(sent.length);
      if (onObject) values[0] = nodeDevice ? (self as { name: string }).name : self;
      if (room >= 0) values[room] = items;
      if (need >= 0) values[need] = 1;
      for (let i = 0; i < at.length; i++) if (at[i]! >= 0) values[at[i]!] = given[i];
      if (strings) values[flags] = (values[flags] as number) | TypedParameterFlags.STRING_OKAY;
      return values;
    },
    ...answers(entry, answered, { room, need, flags: strings ? flags : -1 }),
  };
}

/** Whether an argument is file descriptors, which do not travel in the record. */
export const isDescriptors = (name: string, kind: string): boolean =>
  (kind === 'int[]' && (name === 'files' || name === 'fds')) || (kind === 'int' && name === 'fd');

const fromWire = (kind: string, value: unknown): unknown => (kind === 'bool' ? value !== 0 : value);

const listLimit = (type: XdrNode | undefined): number => (type?.kind === 'list' ? type.max : 0);

interface Bookkeeping {
  /** Position of the argument that says how many items the caller takes; -1 where there is none. */
  readonly room: number;
  readonly need: number;
  /** Position of the flags in which callers say that they take strings among parameters; -1 where it needs no saying. */
  readonly flags: number;
}

function answers(
  entry: FunctionEntry,
  answered: readonly Field[],
  book: Bookkeeping,
): Pick<Conversions, 'answer' | 'result'> {
  const { returns } = entry;
  const [first, second] = answered;
  const stream = (answer: readonly unknown[], opened: unknown): unknown => opened ?? answer[0];
  if (first === undefined) return { answer: () => [], result: stream };
  // Functions without a result whose record has a number all the same.
  if (returns === 'void') return { answer: () => [0], result: () => undefined };

  if (first.type.kind === 'list' && !(returns in STRUCTS)) {
    const item = itemResult(returns);
    const trim = (all: readonly unknown[], wire: readonly unknown[]): readonly unknown[] => {
      if (book.need >= 0 && wire[book.need] === 0) return [];
      if (book.room < 0) return all;
      const room = wire[book.room] as number;
      return all.length > room ? all.slice(0, Math.max(0, room)) : all;
    };
    const known = (all: readonly unknown[], wire: readonly unknown[]): readonly unknown[] =>
      book.flags < 0 || ((wire[book.flags] as number) & TypedParameterFlags.STRING_OKAY) !== 0
        ? all
        : all.filter((param) => (param as TypedParam).type !== TypedParameterType.STRING);
    return {
      answer: (result, wire) => {
        const all = known(result as readonly unknown[], wire);
        const shown = trim(all, wire);
        // Asked with no room, the count says how much there is; else how much was given.
        const asked = (book.need >= 0 && wire[book.need] === 0) || (book.room >= 0 && wire[book.room] === 0);
        return second === undefined ? [shown] : [shown, asked ? all.length : shown.length];
      },
      result: ([items]) => (item === undefined ? items : (items as readonly unknown[]).map(item)),
    };
  }

  if (returns in STRUCTS) {
    const fields = answered.map(({ name }) => name);
    const booleans = booleanFields(returns);
    return {
      answer: (result) => {
        const struct = result as Readonly<Record<string, unknown>>;
        const values = new Array<unknown>(fields.length);
        for (let i = 0; i < fields.length; i++) values[i] = struct[fields[i]!];
        return values;
      },
      result: (answer, opened) => {
        const struct: Record<string, unknown> = opened === undefined ? {} : { stream: opened };
        fields.forEach((field, i) => {
          struct[field] = booleans.includes(field) ? answer[i] !== 0 : answer[i];
        });
        return struct;
      },
    };
  }
  return { answer: (result) => [result], result: ([value]) => fromWire(returns, value) };
}

const booleanFields = (struct: string): string[] =>
  Object.entries(STRUCTS[struct] ?? {})
    .filter(([, kind]) => kind === 'bool')
    .map(([field]) => field);

/** What turns an item of a received list into the API's form; undefined where it is that already. */
function itemResult(returns: string): ((item: unknown) => unknown) | undefined {
  const booleans = booleanFields(returns.replace(/\[\]$/, ''));
  if (booleans.length === 0) return undefined;
  return (item) => {
    const struct = { ...(item as Record<string, unknown>) };
    for (const field of booleans) struct[field] = struct[field] !== 0;
    return struct;
  };
}
