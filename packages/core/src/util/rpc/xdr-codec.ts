import { LibvirtError } from '../errors.js';
import { rpcError } from './rpc-error.js';
import type { XdrNode, XdrRecord, XdrType, XdrUnion } from './xdr.js';
import type { XdrReader } from './xdr-reader.js';
import type { XdrWriter } from './xdr-writer.js';

/** Decoder and encoder of one type, made once of its description. */
export interface XdrCodec<T = unknown> {
  decode(reader: XdrReader): T;
  encode(writer: XdrWriter, value: T): void;
}

/** The same for a record, also by position: what a dispatcher needs that calls functions with arguments in wire order. */
export interface XdrRecordCodec<T = unknown> extends XdrCodec<T> {
  readonly names: readonly string[];
  decodeFields(reader: XdrReader): unknown[];
  encodeFields(writer: XdrWriter, values: readonly unknown[]): void;
}

const codecs = new WeakMap<XdrNode, XdrCodec>();

/** The codec of a description; made at the first request and kept with it. */
export function xdrCodec<T>(type: XdrType<T> & XdrRecord): XdrRecordCodec<T>;
export function xdrCodec<T>(type: XdrType<T>): XdrCodec<T>;
export function xdrCodec(type: XdrNode): XdrCodec {
  let codec = codecs.get(type);
  if (codec === undefined) codecs.set(type, (codec = compile(type)));
  return codec;
}

function compile(type: XdrNode): XdrCodec {
  switch (type.kind) {
    case 'int':
    case 'enum':
      return integer((r) => r.int(), -0x80000000, 0x7fffffff);
    case 'uint':
      return integer((r) => r.uint(), 0, 0xffffffff);
    // The peer keeps the low bits of what it receives in these four and never checks the rest.
    case 'char':
      return integer((r) => (r.int() << 24) >> 24, -128, 255);
    case 'uchar':
      return integer((r) => r.int() & 255, 0, 255);
    case 'short':
      return integer((r) => (r.int() << 16) >> 16, -32768, 32767);
    case 'ushort':
      return integer((r) => r.int() & 65535, 0, 65535);
    case 'hyper':
      return long(
        (r) => r.hyper(),
        (w, v) => w.hyper(v),
        -(2n ** 63n),
        2n ** 63n - 1n,
      );
    case 'uhyper':
      return long(
        (r) => r.uhyper(),
        (w, v) => w.uhyper(v),
        0n,
        2n ** 64n - 1n,
      );
    case 'double':
      return {
        decode: (r) => r.double(),
        encode: (w, v) => w.double(typeof v === 'number' ? v : wrong(v, 'a number')),
      };
    case 'bool':
      return { decode: (r) => r.bool(), encode: (w, v) => w.int(v === true || v === 1 ? 1 : 0) };
    case 'uuid':
      return { decode: (r) => r.uuid(), encode: (w, v) => w.uuid(typeof v === 'string' ? v : wrong(v, 'a UUID')) };
    case 'string': {
      const { max } = type;
      return {
        decode: (r) => r.string(max),
        encode: (w, v) => w.string(typeof v === 'string' ? v : wrong(v, 'a string'), max),
      };
    }
    case 'opaque': {
      const { max } = type;
      return {
        decode: (r) => r.opaque(max),
        encode: (w, v) => w.opaque(v instanceof Uint8Array ? v : wrong(v, 'bytes'), max),
      };
    }
    case 'bytes': {
      const { length } = type;
      const encode = (w: XdrWriter, v: unknown): void => {
        if (!(v instanceof Uint8Array) || v.length !== length) wrong(v, `${length} bytes`);
        else w.bytes(v);
      };
      return { decode: (r) => r.bytes(length), encode };
    }
    case 'optional':
      return optional(xdrCodec(type.of));
    case 'list':
      return list(xdrCodec(type.of), type.max, leastSize(type.of));
    case 'vector':
      return vector(xdrCodec(type.of), type.length);
    case 'union':
      return union(type);
    case 'record':
      return record(type);
    case 'native':
      return { decode: type.decode, encode: type.encode };
  }
}

function wrong(value: unknown, expected: string): never {
  const shown = typeof value === 'string' ? `'${value.slice(0, 40)}'` : Array.isArray(value) ? 'a list' : String(value);
  throw rpcError(`${expected} is needed, ${shown} was given`);
}

function integer(decode: (reader: XdrReader) => number, min: number, max: number): XdrCodec {
  return {
    decode,
    encode: (writer, value) => {
      if (typeof value === 'boolean') value = value ? 1 : 0;
      if (typeof value !== 'number' || !(value >= min && value <= max) || value % 1 !== 0)
        wrong(value, `an integer from ${min} to ${max}`);
      else writer.int(value);
    },
  };
}

function long(
  decode: (reader: XdrReader) => bigint,
  encode: (writer: XdrWriter, value: bigint) => void,
  min: bigint,
  max: bigint,
): XdrCodec {
  return {
    decode,
    encode: (writer, value) => {
      if (typeof value === 'number' && Number.isSafeInteger(value)) value = BigInt(value);
      if (typeof value !== 'bigint' || value < min || value > max) wrong(value, `an integer from ${min} to ${max}`);
      else encode(writer, value);
    },
  };
}

function optional(of: XdrCodec): XdrCodec {
  return {
    decode: (reader) => (reader.int() === 0 ? null : of.decode(reader)),
    encode: (writer, value) => {
      if (value === null || value === undefined) writer.int(0);
      else {
        writer.int(1);
        of.encode(writer, value);
      }
    },
  };
}

/** The fewest bytes that a value takes: a count that could not fit into the rest is refused before the list is made. */
function leastSize(type: XdrNode): number {
  switch (type.kind) {
    case 'hyper':
    case 'uhyper':
    case 'double':
      return 8;
    case 'uuid':
      return 16;
    case 'bytes':
      return (type.length + 3) & ~3;
    case 'vector':
      return type.length * leastSize(type.of);
    case 'record':
      return Object.values(type.fields).reduce((sum, field) => sum + leastSize(field), 0);
    case 'native':
      return leastSize(type.wire);
    default:
      return 4;
  }
}

function list(of: XdrCodec, max: number, itemSize: number): XdrCodec {
  return {
    decode: (reader) => {
      const count = reader.length(max);
      if (count * itemSize > reader.remaining)
        throw rpcError(`${count} items do not fit into the ${reader.remaining} bytes left`);
      const items = new Array<unknown>(count);
      for (let i = 0; i < count; i++) items[i] = of.decode(reader);
      return items;
    },
    encode: (writer, value) => {
      if (!isList(value)) return wrong(value, 'a list');
      const count = value.length;
      if (count > max) throw rpcError(`too many items: ${count}, the limit is ${max}`);
      writer.int(count);
      for (let i = 0; i < count; i++) of.encode(writer, value[i]);
    },
  };
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

function vector(of: XdrCodec, length: number): XdrCodec {
  return {
    decode: (reader) => {
      const items = new Array<unknown>(length);
      for (let i = 0; i < length; i++) items[i] = of.decode(reader);
      return items;
    },
    encode: (writer, value) => {
      if (!isList(value) || value.length !== length) return wrong(value, `a list of ${length}`);
      for (let i = 0; i < length; i++) of.encode(writer, value[i]);
    },
  };
}

function union({ discriminant, arms }: XdrUnion): XdrCodec {
  const byValue = new Map(
    arms.map(({ when, name, type }) => [when, { name, codec: xdrCodec(type as XdrType<unknown>) }]),
  );
  const arm = (when: unknown): { name: string; codec: XdrCodec } =>
    byValue.get(when as number) ?? wrong(when, `one of ${[...byValue.keys()].join(', ')} for '${discriminant}'`);
  return {
    decode: (reader) => {
      const when = reader.int();
      const { name, codec } = arm(when);
      return { [discriminant]: when, [name]: codec.decode(reader) };
    },
    encode: (writer, value) => {
      const object = value as Record<string, unknown>;
      const when = object[discriminant];
      const { name, codec } = arm(when);
      writer.int(when as number);
      codec.encode(writer, object[name]);
    },
  };
}

function record({ name: title, fields }: XdrRecord): XdrRecordCodec {
  const names = Object.keys(fields);
  const parts = Object.values(fields).map((type) => xdrCodec(type as XdrType<unknown>));
  const count = names.length;
  // Copied for each value so that all values of a record share one hidden class.
  const template = Object.fromEntries(names.map((name) => [name, undefined])) as Record<string, unknown>;
  const located = (error: unknown, index: number): unknown => {
    if (!LibvirtError.is(error)) return error;
    const field = `${title === undefined ? '' : `${title}.`}${names[index]}`;
    return rpcError(`${field}: ${error.detail}`, error);
  };
  return {
    names,
    decode: (reader) => {
      const value = { ...template };
      let i = 0;
      try {
        for (; i < count; i++) value[names[i]!] = parts[i]!.decode(reader);
      } catch (error) {
        throw located(error, i);
      }
      return value;
    },
    encode: (writer, value) => {
      if (typeof value !== 'object' || value === null) wrong(value, `a record of ${names.join(', ')}`);
      let i = 0;
      try {
        for (; i < count; i++) parts[i]!.encode(writer, (value as Record<string, unknown>)[names[i]!]);
      } catch (error) {
        throw located(error, i);
      }
    },
    decodeFields: (reader) => {
      const values = new Array<unknown>(count);
      let i = 0;
      try {
        for (; i < count; i++) values[i] = parts[i]!.decode(reader);
      } catch (error) {
        throw located(error, i);
      }
      return values;
    },
    encodeFields: (writer, values) => {
      let i = 0;
      try {
        for (; i < count; i++) parts[i]!.encode(writer, values[i]);
      } catch (error) {
        throw located(error, i);
      }
    },
  };
}
