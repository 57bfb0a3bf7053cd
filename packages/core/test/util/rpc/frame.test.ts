import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameHeader, FramePool, FrameSplitter, FrameWriter } from '../../../src/util/index.js';

function frame(serial: number, payload: Uint8Array): Buffer {
  const writer = new FrameWriter();
  writer.begin(0x20008086, 1, 14, 0, serial, 0);
  writer.raw(payload);
  writer.finish();
  return Buffer.from(writer.written());
}

interface Found {
  readonly serial: number;
  readonly payload: string;
}

function current({ buffer, start, end }: FrameSplitter): Found {
  const header = new FrameHeader();
  header.read(buffer, start);
  return { serial: header.serial, payload: buffer.toString('hex', start + 24, end) };
}

function drain(splitter: FrameSplitter): Found[] {
  const found: Found[] = [];
  while (splitter.next()) found.push(current(splitter));
  return found;
}

describe('frame splitter', () => {
  it('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 40 }),
        (payloads, cuts) => {
          const bytes = Buffer.concat(payloads.map((payload, serial) => frame(serial, payload)));
          const splitter = new FrameSplitter();
          const found = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const chunk = Buffer.from(bytes.subarray(at, at + cuts[turn % cuts.length]!));
            splitter.push(chunk);
            at += chunk.length;
            // Now and then two chunks wait before anybody looks.
            if (turn % 3 !== 0) found.push(...drain(splitter));
            // And one frame is taken, or none, before the buffer belongs to others again.
            else if (turn % 2 === 0 && splitter.next()) found.push(current(splitter));
            splitter.settle();
            chunk.fill(0xff);
          }
          found.push(...drain(splitter));
          expect(splitter.pending).toBe(0);
          expect(found).toEqual(
            payloads.map((payload, serial) => ({ serial, payload: Buffer.from(payload).toString('hex') })),
          );
        },
      ),
    );
  });

  it('puts large frames together in buffers of a pool, and in the same ones again', () => {
    const pool = new FramePool();
    const splitter = new FrameSplitter(pool);
    const buffers = new Set<Buffer>();
    for (let serial = 0; serial < 20; serial++) {
      const payload = Buffer.alloc(20_000 + serial * 12_000, serial);
      const bytes = frame(serial, payload);
      for (let at = 0; at < bytes.length; at += 16_384) splitter.push(bytes.subarray(at, at + 16_384));
      expect(splitter.next()).toBe(true);
      expect(splitter.pooled).toBe(true);
      expect(splitter.buffer.subarray(splitter.start + 24, splitter.end).equals(payload)).toBe(true);
      buffers.add(splitter.buffer);
      pool.give(splitter.buffer);
      expect(splitter.next()).toBe(false);
    }
    expect(buffers.size).toBe(1);
    // What came whole belongs to whoever received it.
    splitter.push(frame(1, Buffer.alloc(8)));
    expect(splitter.next()).toBe(true);
    expect(splitter.pooled).toBe(false);
  });

  it('does not copy frames that arrive whole', () => {
    const bytes = Buffer.concat([frame(1, Buffer.alloc(8)), frame(2, Buffer.alloc(8))]);
    const splitter = new FrameSplitter();
    splitter.push(bytes);
    expect(splitter.next()).toBe(true);
    expect(splitter.buffer).toBe(bytes);
    expect(splitter.next()).toBe(true);
    expect(splitter.buffer).toBe(bytes);
    expect(splitter.next()).toBe(false);
  });

  it.each([0, 3, 27, 33554437, 0xffffffff])('refuses a length of %d', (length) => {
    for (const cut of [4, 2]) {
      const splitter = new FrameSplitter();
      const bytes = Buffer.alloc(32);
      bytes.writeUInt32BE(length);
      splitter.push(bytes.subarray(0, cut));
      expect(() => {
        splitter.next();
        splitter.push(bytes.subarray(cut));
        splitter.next();
      }).toThrow(/not possible/);
    }
  });

  it.each([28, 33554436])('waits for a frame of %d bytes', (length) => {
    const splitter = new FrameSplitter();
    const word = Buffer.alloc(8);
    word.writeUInt32BE(length);
    splitter.push(word);
    expect(splitter.next()).toBe(false);
  });

  it('leaves out the bytes that carried descriptors', () => {
    const splitter = new FrameSplitter();
    splitter.push(Buffer.concat([frame(1, Buffer.alloc(4)), Buffer.from([0]), Buffer.from([0])]));
    expect(splitter.next()).toBe(true);
    splitter.skip(3);
    expect(splitter.next()).toBe(false);
    splitter.push(Buffer.concat([Buffer.from([0]), frame(2, Buffer.alloc(4))]));
    expect(drain(splitter).map(({ serial }) => serial)).toEqual([2]);
  });
});
