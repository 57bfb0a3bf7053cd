import { randomBytes } from 'node:crypto';
import { FrameWriter, MessageStatus, MessageType, STREAM_CHUNK, XdrReader, xdrCodec } from '@virtkit/core/util';
import { remote, streamHole } from '@virtkit/driver-remote/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf, RawClient, type Message } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

let running: Running;
let client: RawClient;
beforeEach(async () => {
  running = await startDaemon();
  client = await running.client().open();
});
afterEach(() => running.stop());

const VOLUME = { pool: 'p', name: 'v', key: 'k' };
const download = RawClient.procedure('storageVolDownload');
const upload = RawClient.procedure('storageVolUpload');
const openConsole = RawClient.procedure('domainOpenConsole');

async function readAll(serial: number): Promise<{ data: Buffer; sizes: number[] }> {
  const parts: Buffer[] = [];
  for (;;) {
    const message = await client.streamMessage(serial);
    expect(message).toMatchObject({ type: MessageType.STREAM, status: MessageStatus.CONTINUE });
    if (message.payload.length === 0) break;
    parts.push(message.payload);
  }
  return { data: Buffer.concat(parts), sizes: parts.map(({ length }) => length) };
}

async function waitFor(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

describe('streams', () => {
  it('sends a volume in chunks, says where it ends, and finishes when the client does', async () => {
    const bytes = randomBytes(STREAM_CHUNK * 3 + 17);
    running.fake.volumes.set('k', bytes);
    const { serial, reply } = client.send('storageVolDownload', VOLUME, 0n, 0n, 0);
    expect((await reply).status).toBe(MessageStatus.OK);
    const { data, sizes } = await readAll(serial);
    expect(data.equals(bytes)).toBe(true);
    expect(Math.max(...sizes)).toBe(STREAM_CHUNK);
    client.streamFrame(download, serial, MessageStatus.OK);
    expect(await client.streamMessage(serial)).toMatchObject({
      type: MessageType.STREAM,
      status: MessageStatus.OK,
      payload: Buffer.alloc(0),
    });
  });

  it('takes a volume and answers finish only when all of it was taken over', async () => {
    running.fake.uploadDelay = 2;
    const bytes = randomBytes(100_000);
    const { serial, reply } = client.send('storageVolUpload', VOLUME, 0n, 0n, 0);
    await reply;
    for (let at = 0; at < bytes.length; at += 9999)
      client.streamFrame(upload, serial, MessageStatus.CONTINUE, bytes.subarray(at, at + 9999));
    client.streamFrame(upload, serial, MessageStatus.OK);
    expect((await client.streamMessage(serial)).status).toBe(MessageStatus.OK);
    expect(running.fake.volumes.get('k')?.equals(bytes)).toBe(true);
  });

  it('keeps the data of large messages until a slow driver has taken it', async () => {
    running.fake.uploadDelay = 3;
    const bytes = randomBytes(STREAM_CHUNK * 12 + 5);
    const { serial, reply } = client.send('storageVolUpload', VOLUME, 0n, 0n, 0);
    await reply;
    for (let at = 0; at < bytes.length; at += STREAM_CHUNK) {
      client.streamFrame(upload, serial, MessageStatus.CONTINUE, bytes.subarray(at, at + STREAM_CHUNK));
      if (at % (STREAM_CHUNK * 3) === 0) await client.call('connectGetHostname');
    }
    client.streamFrame(upload, serial, MessageStatus.OK);
    expect((await client.streamMessage(serial)).status).toBe(MessageStatus.OK);
    expect(running.fake.volumes.get('k')?.equals(bytes)).toBe(true);
  });

  it('sends from buffers that a driver fills again and again', async () => {
    const bytes = randomBytes(STREAM_CHUNK * 20 + 9);
    running.fake.volumes.set('k', bytes);
    running.fake.fills = true;
    const { serial, reply } = client.send('storageVolDownload', VOLUME, 0n, 0n, 0);
    await reply;
    const { data } = await readAll(serial);
    expect(data.equals(bytes)).toBe(true);
  });

  it('tells late write errors in the stream and ignores what still comes', async () => {
    const { serial, reply } = client.send('storageVolUpload', VOLUME, 0n, 10n, 0);
    await reply;
    client.streamFrame(upload, serial, MessageStatus.CONTINUE, Buffer.alloc(100));
    const failure = await client.streamMessage(serial);
    expect(failure).toMatchObject({ type: MessageType.STREAM, status: MessageStatus.ERROR });
    expect(errorOf(failure)).toMatchObject({ code: 38, int1: 28 });
    client.streamFrame(upload, serial, MessageStatus.CONTINUE, Buffer.alloc(100));
    client.streamFrame(upload, serial, MessageStatus.OK);
    expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
    expect(running.fake.aborted).toHaveLength(1);
  });

  it('acknowledges an abort', async () => {
    const { serial, reply } = client.send('storageVolUpload', VOLUME, 0n, 0n, 0);
    await reply;
    client.streamFrame(upload, serial, MessageStatus.CONTINUE, Buffer.alloc(100));
    client.streamFrame(upload, serial, MessageStatus.ERROR);
    expect((await client.streamMessage(serial)).status).toBe(MessageStatus.OK);
    expect(running.fake.aborted).toEqual(['client']);
    expect(running.fake.volumes.has('k')).toBe(false);
  });

  it('carries a console both ways beside calls and a second stream', async () => {
    const [dom] = running.fake.domains;
    const first = client.send('domainOpenConsole', dom, null, 0);
    const second = client.send('domainOpenConsole', dom, null, 0);
    await Promise.all([first.reply, second.reply]);
    client.streamFrame(openConsole, first.serial, MessageStatus.CONTINUE, Buffer.from('abc'));
    client.streamFrame(openConsole, second.serial, MessageStatus.CONTINUE, Buffer.from('xyz'));
    expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
    expect((await client.streamMessage(first.serial)).payload.toString()).toBe('ABC');
    expect((await client.streamMessage(second.serial)).payload.toString()).toBe('XYZ');
  });

  it('sends holes up where the client asked for a sparse stream, and only there', async () => {
    const hole = (serial: number): Buffer => {
      const writer = new FrameWriter();
      writer.begin(remote.number, 1, upload.number, MessageType.STREAM_HOLE, serial, MessageStatus.CONTINUE);
      xdrCodec(streamHole).encode(writer, { length: 4096n, flags: 0 });
      writer.finish();
      return Buffer.from(writer.written());
    };
    const { serial, reply } = client.send('storageVolUpload', VOLUME, 0n, 0n, 1);
    await reply;
    client.socket.write(hole(serial));
    client.streamFrame(upload, serial, MessageStatus.CONTINUE, Buffer.from('end'));
    client.streamFrame(upload, serial, MessageStatus.OK);
    expect((await client.streamMessage(serial)).status).toBe(MessageStatus.OK);
    expect(running.fake.volumes.get('k')).toEqual(Buffer.concat([Buffer.alloc(4096), Buffer.from('end')]));
    const plain = client.send('storageVolUpload', VOLUME, 0n, 0n, 0);
    await plain.reply;
    client.socket.write(hole(plain.serial));
    await client.gone();
  });

  it('sends holes down as holes or as zeroes', async () => {
    running.fake.holes = true;
    running.fake.volumes.set('k', Buffer.from('data'));
    const sparse = client.send('storageVolDownload', VOLUME, 0n, 0n, 1);
    await sparse.reply;
    const first: Message = await client.streamMessage(sparse.serial);
    expect(first).toMatchObject({ type: MessageType.STREAM_HOLE, status: MessageStatus.CONTINUE });
    expect(xdrCodec(streamHole).decode(new XdrReader(first.payload))).toEqual({ length: 300_000n, flags: 0 });
    expect((await client.streamMessage(sparse.serial)).payload.toString()).toBe('data');
    const plain = client.send('storageVolDownload', VOLUME, 0n, 0n, 0);
    await plain.reply;
    const { data } = await readAll(plain.serial);
    expect(data.equals(Buffer.concat([Buffer.alloc(300_000), Buffer.from('data')]))).toBe(true);
  });

  it('does not read ahead of a client that does not read', async () => {
    running.fake.volumes.set('k', Buffer.alloc(64 * 1024 * 1024));
    const { reply } = client.send('storageVolDownload', VOLUME, 0n, 0n, 0);
    await reply;
    client.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(running.fake.sent).toBeLessThan(8 * 1024 * 1024);
    // Others are served meanwhile.
    const other = await running.client().open();
    expect(await other.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
  });

  it('does not read on from a client whose data nobody takes', async () => {
    running.fake.uploadDelay = 10_000;
    const { serial, reply } = client.send('storageVolUpload', VOLUME, 0n, 0n, 0);
    await reply;
    for (let i = 0; i < 400; i++)
      client.streamFrame(upload, serial, MessageStatus.CONTINUE, Buffer.alloc(STREAM_CHUNK));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.socket.writableLength).toBeGreaterThan(80 * 1024 * 1024);
  });

  it('aborts the streams of a client that vanishes', async () => {
    const { reply } = client.send('domainOpenConsole', running.fake.domains[0], null, 0);
    await reply;
    client.close();
    await waitFor(() => running.fake.aborted.length === 1);
    expect(running.fake.aborted).toEqual(['the client disconnected']);
  });
});
