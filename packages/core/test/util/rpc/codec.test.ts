import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ErrorCode,
  FrameWriter,
  LibvirtError,
  XdrReader,
  XdrWriter,
  xdr,
  xdrCodec,
  type XdrType,
} from '../../../src/util/index.js';

function encode<T>(type: XdrType<T>, value: T): Buffer {
  const writer = new XdrWriter(8);
  xdrCodec(type).encode(writer, value);
  return Buffer.from(writer.written());
}

function decode<T>(type: XdrType<T>, bytes: Buffer): T {
  return xdrCodec(type).decode(new XdrReader(bytes));
}

function errorOf(action: () => unknown): LibvirtError {
  try {
    action();
  } catch (error) {
    if (LibvirtError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was raised');
}

const sample = xdr.record(
  {
    a: xdr.int,
    b: xdr.uint,
    c: xdr.hyper,
    d: xdr.uhyper,
    e: xdr.double,
    f: xdr.stringOf(100),
    g: xdr.opaque(50),
    h: xdr.uuid,
    i: xdr.list(xdr.stringOf(20), 5),
    j: xdr.vector(xdr.char, 3),
    k: xdr.optional(xdr.uhyper),
    l: xdr.bool,
    m: xdr.bytes(5),
  },
  'sample',
);

const sampleValue = fc.record({
  a: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  b: fc.integer({ min: 0, max: 0xffffffff }),
  c: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  d: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  e: fc.double({ noNaN: true }),
  f: fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => Buffer.byteLength(text) <= 100),
  g: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  h: fc.uuid(),
  i: fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }),
  j: fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 3, maxLength: 3 }),
  k: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: null }),
  l: fc.boolean(),
  m: fc.uint8Array({ minLength: 5, maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
});

describe('xdr codec', () => {
  it('returns what was encoded, on four-byte boundaries', () => {
    fc.assert(
      fc.property(sampleValue, (value) => {
        const bytes = encode(sample, value);
        expect(bytes.length % 4).toBe(0);
        expect(decode(sample, bytes)).toEqual(value);
      }),
    );
  });

  it('reads and writes a record by position as by name', () => {
    fc.assert(
      fc.property(sampleValue, (value) => {
        const codec = xdrCodec(sample);
        const values = codec.names.map((name) => value[name as keyof typeof value]);
        const writer = new XdrWriter();
        codec.encodeFields(writer, values);
        const bytes = Buffer.from(writer.written());
        expect(bytes).toEqual(encode(sample, value));
        expect(codec.decodeFields(new XdrReader(bytes))).toEqual(values);
      }),
    );
  });

  it('never reads outside a truncated record and says which field was short', () => {
    fc.assert(
      fc.property(sampleValue, fc.nat(), (value, cut) => {
        const bytes = encode(sample, value);
        const error = errorOf(() => decode(sample, bytes.subarray(0, cut % bytes.length)));
        expect(error.code).toBe(ErrorCode.RPC);
        expect(error.message).toMatch(/^sample\.[a-m]: /);
      }),
    );
  });

  it('survives arbitrary bytes with a value or an RPC error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decode(sample, Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: ErrorCode.RPC });
        }
      }),
    );
  });

  it('gives four bytes to every short integer and pads text with zeros', () => {
    expect(encode(xdr.vector(xdr.char, 2), [-1, 65]).toString('hex')).toBe('ffffffff00000041');
    expect(encode(xdr.stringOf(9), 'abcde').toString('hex')).toBe('000000056162636465000000');
    expect(encode(xdr.stringOf(9), 'é').toString('hex')).toBe('00000002c3a90000');
  });

  it('encodes text beyond the short path as UTF-8', () => {
    for (const text of ['x'.repeat(70000), 'ü'.repeat(30000), '€'.repeat(49), 'x'.repeat(47) + '𝄞'])
      expect(decode(xdr.stringOf(200000), encode(xdr.stringOf(200000), text))).toBe(text);
  });

  it('refuses lengths above the limit before anything is allocated', () => {
    const huge = Buffer.from('ffffffff00000000', 'hex');
    expect(errorOf(() => decode(xdr.stringOf(10), huge)).message).toContain('above the limit of 10');
    expect(errorOf(() => decode(xdr.opaque(10), huge)).message).toContain('above the limit of 10');
    expect(errorOf(() => decode(xdr.list(xdr.int, 10), huge)).message).toContain('above the limit of 10');
    const many = Buffer.from('00ffffff00000000', 'hex');
    expect(errorOf(() => decode(xdr.list(xdr.uhyper, 0x1000000), many)).message).toContain('do not fit');
  });

  it.each<[string, XdrType<never>, unknown]>([
    ['too long text', xdr.stringOf(2) as XdrType<never>, 'abc'],
    ['text of too many bytes', xdr.stringOf(3) as XdrType<never>, 'éé'],
    ['too long list', xdr.list(xdr.int, 1) as XdrType<never>, [1, 2]],
    ['a missing number', xdr.int as XdrType<never>, undefined],
    ['a fraction', xdr.int as XdrType<never>, 1.5],
    ['a negative unsigned', xdr.uint as XdrType<never>, -1],
    ['an overlarge hyper', xdr.hyper as XdrType<never>, 2n ** 63n],
    ['no UUID', xdr.uuid as XdrType<never>, 'c7a5fdbd-edaf-9455-926a-d65c16db180'],
    ['a wrong digit', xdr.uuid as XdrType<never>, 'g7a5fdbd-edaf-9455-926a-d65c16db1809'],
    ['text for bytes', xdr.opaque(5) as XdrType<never>, 'abc'],
    ['fixed bytes of other length', xdr.bytes(5) as XdrType<never>, Buffer.alloc(4)],
    ['a union arm that is not there', xdr.union('type', []) as unknown as XdrType<never>, { type: 1 }],
  ])('refuses to encode %s', (_, type, value) => {
    expect(errorOf(() => encode(type, value as never)).code).toBe(ErrorCode.RPC);
  });

  it('accepts what drivers give for integers: booleans, and numbers for 64-bit values', () => {
    expect(encode(xdr.int as XdrType<unknown>, true).toString('hex')).toBe('00000001');
    expect(encode(xdr.uhyper as XdrType<unknown>, 4096).toString('hex')).toBe('0000000000001000');
  });

  it('chooses the arm of a union by its discriminant', () => {
    const type = xdr.union('type', [
      { when: 1, name: 'i', type: xdr.int },
      { when: 7, name: 's', type: xdr.stringOf(10) },
    ]);
    expect(decode(type, encode(type, { type: 7, s: 'x' }))).toEqual({ type: 7, s: 'x' });
    expect(errorOf(() => decode(type, Buffer.from('0000000200000000', 'hex'))).message).toContain('one of 1, 7');
  });

  it('keeps UUIDs apart that share a cache slot', () => {
    fc.assert(
      fc.property(fc.array(fc.uuid(), { minLength: 50, maxLength: 50 }), (uuids) => {
        for (const uuid of [...uuids, ...uuids]) expect(decode(xdr.uuid, encode(xdr.uuid, uuid))).toBe(uuid);
      }),
    );
  });

  it('leaves decoded bytes unchanged when their buffer is used again', () => {
    const bytes = encode(xdr.opaque(4), Buffer.from('abcd'));
    const value = decode(xdr.opaque(4), bytes);
    bytes.fill(0);
    expect(Buffer.from(value).toString()).toBe('abcd');
  });

  it('refuses a frame above the limit and withdraws it', () => {
    const writer = new FrameWriter();
    writer.begin(1, 1, 1, 1, 1, 0);
    writer.finish();
    writer.begin(1, 1, 2, 1, 1, 0);
    writer.raw(Buffer.alloc(33554436 - 27));
    expect(errorOf(() => writer.finish()).message).toContain('above the limit');
    expect(writer.pos).toBe(28);
  });
});
