import { type Server, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { ErrorCode } from '@virtkit/core/util';
import { writeBootImage } from '@virtkit/guest';
import { afterEach, describe, expect, it } from 'vitest';
import { ChannelRegistry, type ChannelStream } from '../src/console/index.js';
import { DomainLog, MONITOR_FD, launch } from '../src/process/index.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
const busy = 'Active console session exists for this domain';
const decoder = new TextDecoder();

async function read(stream: ChannelStream, until: string): Promise<string> {
  let text = '';
  while (!text.includes(until)) {
    const data = await stream.streamRecv(7);
    if (data === null) throw new Error(`ended after ${JSON.stringify(text)}`);
    expect(data.length).toBeLessThanOrEqual(7);
    text += decoder.decode(data);
  }
  return text;
}

describe('a console over a unix socket', () => {
  let server: Server | undefined;
  let serial = 0;
  const device = async (serve: (socket: Socket) => void) => {
    const path = join(dir, `device-${++serial}`);
    server = createServer(serve);
    await new Promise<void>((resolve) => server?.listen(path, resolve));
    return { type: 'unix', path } as const;
  };
  afterEach(() => server?.close());

  it('carries both directions and ends when the device does', async () => {
    const source = await device((socket) => {
      socket.write('hello\n');
      socket.once('data', (data) => socket.end(`you said ${data.toString()}`));
    });
    const stream = await new ChannelRegistry().open(source, { force: false, busy });
    expect(await read(stream, '\n')).toBe('hello\n');
    await stream.streamSend(Buffer.from('this\n'));
    expect(await read(stream, '\n')).toBe('you said this\n');
    expect(await stream.streamRecv(10)).toBeNull();
  });

  it('has one user, who can be put out by force', async () => {
    const source = await device((socket) => socket.on('error', () => undefined));
    const consoles = new ChannelRegistry();
    const first = await consoles.open(source, { force: false, busy });
    await expect(consoles.open(source, { force: false, busy })).rejects.toMatchObject({
      code: ErrorCode.OPERATION_FAILED,
      detail: busy,
    });
    const waiting = expect(first.streamRecv(10)).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
    const second = await consoles.open(source, { force: true, busy });
    await waiting;
    await expect((async () => first.streamSend(Buffer.from('x')))()).rejects.toMatchObject({
      code: ErrorCode.OPERATION_ABORTED,
    });
    second.streamAbort();
    const third = await consoles.open(source, { force: false, busy });
    const end = third.streamRecv(10);
    consoles.closeAll();
    expect(await end).toBeNull();
  });

  it('makes a fast sender wait for a slow device', async () => {
    let peer: Socket | undefined;
    const source = await device((socket) => {
      peer = socket.pause();
    });
    const stream = await new ChannelRegistry().open(source, { force: false, busy });
    let sent = 0;
    const sending = (async () => {
      for (; sent < 64; sent++) await stream.streamSend(new Uint8Array(1 << 20));
    })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sent).toBeLessThan(64);
    peer?.resume();
    await sending;
    stream.streamAbort();
  });

  it('says what cannot be opened', async () => {
    await expect(
      new ChannelRegistry().open({ type: 'unix', path: join(dir, 'none') }, { force: false, busy }),
    ).rejects.toMatchObject({ code: ErrorCode.SYSTEM_ERROR });
  });
});

describe.skipIf(!hasQemu)(`a console over a pty (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  it('talks with the guest and ends with it', async () => {
    await writeBootImage(join(dir, 'boot.img'));
    const { monitor, process: qemu } = await launch({
      log: new DomainLog(join(dir, 'guest.log')),
      monitorPath: join(dir, 'guest.sock'),
      command: {
        emulator: EMULATOR,
        argv: [
          ...[
            '-machine',
            'pc,accel=tcg',
            '-m',
            '16',
            '-nodefaults',
            '-no-user-config',
            '-display',
            'none',
            '-S',
            '-no-shutdown',
          ],
          ...['-chardev', `socket,id=charmonitor,fd=${MONITOR_FD},server=on,wait=off`],
          ...['-mon', 'chardev=charmonitor,mode=control', '-drive', `file=${join(dir, 'boot.img')},format=raw`],
          ...['-chardev', 'pty,id=charserial0', '-serial', 'chardev:charserial0'],
        ],
        env: {},
        versions: [],
        time: new Date(),
      },
    });
    const devices = await monitor.execute<{ label: string; filename: string }[]>('query-chardev');
    const path = devices.find(({ label }) => label === 'charserial0')?.filename.replace('pty:', '') ?? '';
    const consoles = new ChannelRegistry();
    const stream = await consoles.open({ type: 'pty', path }, { force: false, busy });
    await monitor.execute('cont');
    expect(await read(stream, '> ')).toContain('virtkit guest');
    await stream.streamSend(Buffer.from('echo?\r'));
    expect(await read(stream, '> ')).toContain('echo?');
    stream.streamFinish();
    const again = await consoles.open({ type: 'pty', path }, { force: false, busy });
    await again.streamSend(Buffer.from('off\r'));
    expect(await read(again, 'bye')).toContain('off');
    await monitor.execute('quit');
    await qemu.ended;
    let last: Uint8Array | null;
    while ((last = await again.streamRecv(100)) !== null) expect(decoder.decode(last).trim()).toBe('');
  });
});
