/**
 * Descriptions of XDR types. They are data: {@link xdrCodec} makes a decoder and encoder of one, a table of procedures
 * is made of them, and {@link XdrValue} gives the TypeScript type.
 */
import type { XdrReader } from './xdr-reader.js';
import type { XdrWriter } from './xdr-writer.js';

/** A type on the wire whose values are `T` in memory. `valueType` exists for the compiler only. */
export type XdrType<T> = XdrNode & { readonly valueType?: T };

/** The in-memory type of a description. */
export type XdrValue<X> = X extends { readonly valueType?: infer T } ? Exclude<T, undefined> : never;

export type XdrFields = Readonly<Record<string, XdrNode>>;
export type XdrRecordValue<F extends XdrFields> = { -readonly [K in keyof F]: XdrFieldValue<F[K]> };
type XdrFieldValue<X> = X extends { readonly kind: 'optional' } ? XdrValue<X> | null : XdrValue<X>;

export interface XdrRecord {
  readonly kind: 'record';
  readonly name: string | undefined;
  readonly fields: XdrFields;
}
export interface XdrUnionArm {
  readonly when: number;
  readonly name: string;
  readonly type: XdrNode;
}
export interface XdrUnion {
  readonly kind: 'union';
  readonly discriminant: string;
  readonly arms: readonly XdrUnionArm[];
}
/** A type whose values in memory differ from its plain form for speed or comfort; `wire` says what is sent. */
export interface XdrNative {
  readonly kind: 'native';
  readonly wire: XdrNode;
  readonly decode: (reader: XdrReader) => unknown;
  readonly encode: (writer: XdrWriter, value: never) => void;
}
type Scalar = 'int' | 'uint' | 'hyper' | 'uhyper' | 'double' | 'bool' | 'char' | 'uchar' | 'short' | 'ushort' | 'uuid';

export type XdrNode =
  | { readonly kind: Scalar }
  | { readonly kind: 'enum'; readonly name: string; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: 'string'; readonly max: number }
  | { readonly kind: 'opaque'; readonly max: number }
  | { readonly kind: 'bytes'; readonly length: number }
  | { readonly kind: 'list'; readonly of: XdrNode; readonly max: number }
  | { readonly kind: 'vector'; readonly of: XdrNode; readonly length: number }
  | { readonly kind: 'optional'; readonly of: XdrNode }
  | XdrRecord
  | XdrUnion
  | XdrNative;

export const int: XdrType<number> & { kind: 'int' } = { kind: 'int' };
export const uint: XdrType<number> & { kind: 'uint' } = { kind: 'uint' };
export const hyper: XdrType<bigint> & { kind: 'hyper' } = { kind: 'hyper' };
export const uhyper: XdrType<bigint> & { kind: 'uhyper' } = { kind: 'uhyper' };
export const double: XdrType<number> & { kind: 'double' } = { kind: 'double' };
export const bool: XdrType<boolean> & { kind: 'bool' } = { kind: 'bool' };
/** Four bytes on the wire, as every integer shorter than that. */
export const char: XdrType<number> & { kind: 'char' } = { kind: 'char' };
export const uchar: XdrType<number> & { kind: 'uchar' } = { kind: 'uchar' };
export const short: XdrType<number> & { kind: 'short' } = { kind: 'short' };
export const ushort: XdrType<number> & { kind: 'ushort' } = { kind: 'ushort' };
/** 16 opaque bytes; canonical text in memory. */
export const uuid: XdrType<string> & { kind: 'uuid' } = { kind: 'uuid' };

export const stringOf = (max: number): XdrType<string> & { kind: 'string' } => ({ kind: 'string', max });
export const opaque = (max: number): XdrType<Uint8Array> & { kind: 'opaque' } => ({ kind: 'opaque', max });
export const bytes = (length: number): XdrType<Uint8Array> & { kind: 'bytes' } => ({ kind: 'bytes', length });

export const enumeration = <const V extends Readonly<Record<string, number>>>(
  name: string,
  values: V,
): XdrType<V[keyof V]> & { kind: 'enum' } => ({ kind: 'enum', name, values });

/** A counted array of at most `max` items. */
export const list = <X extends XdrNode>(of: X, max: number): XdrType<XdrValue<X>[]> & { kind: 'list' } => ({
  kind: 'list',
  of,
  max,
});

/** Exactly `length` items, without a count. */
export const vector = <X extends XdrNode>(of: X, length: number): XdrType<XdrValue<X>[]> & { kind: 'vector' } => ({
  kind: 'vector',
  of,
  length,
});

/** A value or null. */
export const optional = <X extends XdrNode>(of: X): XdrType<XdrValue<X>> & { kind: 'optional' } => ({
  kind: 'optional',
  of,
});

export const record = <const F extends XdrFields>(
  fields: F,
  name?: string,
): XdrType<XdrRecordValue<F>> & XdrRecord => ({ kind: 'record', name, fields });

export const union = (
  discriminant: string,
  arms: readonly XdrUnionArm[],
): XdrType<Record<string, unknown>> & XdrUnion => ({ kind: 'union', discriminant, arms });

export const native = <T>(
  wire: XdrNode,
  decode: (reader: XdrReader) => T,
  encode: (writer: XdrWriter, value: T) => void,
): XdrType<T> & XdrNative => ({ kind: 'native', wire, decode, encode: encode });
