import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  FrameHeader,
  FrameSplitter,
  FrameWriter,
  MessageStatus,
  MessageType,
  XdrReader,
  xdrCodec,
  type XdrNode,
  type XdrRecord,
  type XdrType,
} from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import * as protocol from '../../src/protocol/index.js';
import { messageError, streamHole, type Program } from '../../src/protocol/index.js';
import { sharedPath } from './shared.js';

interface Frame {
  hex: string;
  record?: string;
  payload?: unknown;
  data?: string;
}

const programs = new Map<number, Program>(
  [
    protocol.remote,
    protocol.qemu,
    protocol.lxc,
    protocol.keepalive,
    protocol.admin,
    protocol.lxcMonitor,
    protocol.lockSpace,
    protocol.logManager,
  ].map((p) => [p.number, p]),
);

const folder = process.env['VIRTKIT_VECTORS'] ?? sharedPath('rpc', 'vectors');

function jsonFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? jsonFiles(path) : entry.name.endsWith('.json') ? [path] : [];
  });
}

function framesOf(path: string): Frame[] {
  const found: Frame[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if ('hex' in value && 'dir' in value && 'type' in value) found.push(value as unknown as Frame);
      else Object.values(value).forEach(visit);
    }
  };
  visit(JSON.parse(readFileSync(path, 'utf8')));
  return found;
}

function payloadType(header: FrameHeader): XdrRecord | undefined {
  if (header.status === MessageStatus.ERROR) return messageError;
  const procedure = programs.get(header.program)?.byNumber[header.procedure];
  if (procedure === undefined) throw new Error(`no procedure ${header.program.toString(16)}:${header.procedure}`);
  switch (header.type) {
    case MessageType.CALL:
    case MessageType.CALL_WITH_FDS:
    case MessageType.MESSAGE:
      return procedure.args;
    case MessageType.REPLY:
    case MessageType.REPLY_WITH_FDS:
      return procedure.ret;
    case MessageType.STREAM_HOLE:
      return streamHole;
    default:
      return undefined;
  }
}

/** A decoded value in the words of the vectors. */
function plain(type: XdrNode, value: unknown): unknown {
  switch (type.kind) {
    case 'hyper':
    case 'uhyper':
      return String(value);
    case 'uuid':
      return { hex: (value as string).replaceAll('-', '') };
    case 'opaque':
    case 'bytes':
      return { hex: Buffer.from(value as Uint8Array).toString('hex') };
    case 'list':
    case 'vector':
      return (value as unknown[]).map((item) => plain(type.of, item));
    case 'optional':
      return value === null ? null : plain(type.of, value);
    case 'record':
      return Object.fromEntries(
        Object.entries(type.fields).map(([name, of]) => [name, plain(of, (value as Record<string, unknown>)[name])]),
      );
    case 'native': {
      if (type.wire.kind === 'list' || type.wire.kind === 'vector')
        return chars(type.wire, value as string | Uint8Array);
      const param = value as { field: string; type: number; value: unknown };
      const names = ['', 'i', 'ui', 'l', 'ul', 'd', 'b', 's'];
      const scalar =
        typeof param.value === 'bigint' ? String(param.value) : param.type === 6 ? Number(param.value) : param.value;
      return { field: param.field, value: { type: param.type, [names[param.type]!]: scalar } };
    }
    default:
      return value;
  }
}

function chars(wire: { kind: string; length?: number }, value: string | Uint8Array): number[] {
  const ended = typeof value === 'string' && wire.kind === 'list' ? `${value}\0` : value;
  const bytes = [...Buffer.from(ended as string)].map((byte) => (byte << 24) >> 24);
  return wire.kind === 'list' ? bytes : [...bytes, ...Array<number>(wire.length! - bytes.length).fill(0)];
}

/** Decodes a frame and encodes what was decoded. */
function roundTrip(bytes: Buffer, frame: Frame): Buffer {
  const splitter = new FrameSplitter();
  splitter.push(bytes);
  if (!splitter.next()) throw new Error('not a whole frame');
  const header = new FrameHeader();
  header.read(splitter.buffer, splitter.start);
  const withFds = header.type === MessageType.CALL_WITH_FDS || header.type === MessageType.REPLY_WITH_FDS;
  const reader = new XdrReader(splitter.buffer, splitter.start + 24, splitter.end);
  const writer = new FrameWriter();
  writer.begin(header.program, header.version, header.procedure, header.type, header.serial, header.status);
  if (withFds) writer.int(reader.uint());
  const type = payloadType(header);
  if (
    type === undefined ||
    (header.type === MessageType.STREAM && header.status !== MessageStatus.ERROR) ||
    reader.remaining === 0
  )
    writer.raw(splitter.buffer.subarray(reader.pos, reader.end));
  else {
    const codec = xdrCodec(type as XdrType<unknown>);
    const value = codec.decode(reader);
    expect(reader.remaining).toBe(0);
    if (frame.payload !== undefined) expect(plain(type, value)).toEqual(frame.payload);
    codec.encode(writer, value);
  }
  writer.finish();
  return writer.written();
}

describe.skipIf(folder === undefined)('captured frames', () => {
  // Input that was broken on purpose stands in the files of that name.
  const files = folder === undefined ? [] : jsonFiles(folder).filter((path) => !path.endsWith('malformed.json'));

  it('decode and encode again to the same bytes', () => {
    const failures: string[] = [];
    let count = 0;
    for (const path of files)
      for (const frame of framesOf(path)) {
        count++;
        const bytes = Buffer.from(frame.hex, 'hex');
        try {
          if (!roundTrip(bytes, frame).equals(bytes)) failures.push(`${path}: ${frame.record} differs`);
        } catch (error) {
          failures.push(`${path}: ${frame.record}: ${(error as Error).message.slice(0, 300)}`);
        }
      }
    expect(failures.slice(0, 10)).toEqual([]);
    expect(count).toBeGreaterThan(1000);
  });
});
