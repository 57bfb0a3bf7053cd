import { rpcError, xdr, type XdrReader, type XdrType, type XdrWriter } from '@virtkit/core/util';

// A few old records hold text, or bytes, as arrays of char: four bytes on the wire for each.

function readChars(reader: XdrReader, count: number): Buffer {
  const at = reader.take(count * 4);
  const bytes = Buffer.allocUnsafeSlow(count);
  for (let i = 0; i < count; i++) bytes[i] = reader.buffer[at + i * 4 + 3]!;
  return bytes;
}

function writeChars(writer: XdrWriter, bytes: Uint8Array): void {
  for (const byte of bytes) writer.int((byte << 24) >> 24);
}

function textOf(bytes: Buffer): string {
  const nul = bytes.indexOf(0);
  return bytes.toString('utf8', 0, nul < 0 ? bytes.length : nul);
}

/** At most `max` bytes. */
export const charBytes = (max: number): XdrType<Uint8Array> =>
  xdr.native<Uint8Array>(
    xdr.list(xdr.char, max),
    (reader) => readChars(reader, reader.length(max)),
    (writer, bytes) => {
      if (bytes.length > max) throw rpcError(`${bytes.length} bytes are above the limit of ${max}`);
      writer.int(bytes.length);
      writeChars(writer, bytes);
    },
  );

/** Text with the NUL that ends it, at most `max` bytes together. */
export const charText = (max: number): XdrType<string> =>
  xdr.native<string>(
    xdr.list(xdr.char, max),
    (reader) => textOf(readChars(reader, reader.length(max))),
    (writer, text) => {
      const bytes = Buffer.from(`${text}\0`);
      if (bytes.length > max) throw rpcError(`a text of ${bytes.length} bytes is above the limit of ${max}`);
      writer.int(bytes.length);
      writeChars(writer, bytes);
    },
  );

/** Text in exactly `length` bytes: cut where it is longer, filled with NUL where it is shorter. */
export const charVector = (length: number): XdrType<string> =>
  xdr.native<string>(
    xdr.vector(xdr.char, length),
    (reader) => textOf(readChars(reader, length)),
    (writer, text) => {
      const bytes = Buffer.alloc(length);
      bytes.write(text, 0, length - 1);
      writeChars(writer, bytes);
    },
  );
