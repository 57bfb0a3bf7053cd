import { type Server, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { ErrorCode } from '@virtkit/core/util';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { QmpCommandError, QmpConnection, type QmpEvent } from '../src/qmp/index.js';
import { stringify } from '../src/qmp/json.js';
import { LineSplitter } from '../src/qmp/line-splitter.js';
import { temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}}\r\n';

interface Command {
  readonly execute: string;
  readonly arguments?: unknown;
  readonly id: string;
}

let server: Server | undefined;
let serial = 0;

/** A monitor that answers as `answer` says; what it gets is recorded. */
async function monitor(answer: (command: Command, socket: Socket) => void, greeting = GREETING) {
  const path = join(dir, `monitor-${++serial}`);
  const commands: Command[] = [];
  let peer!: Socket;
  server = createServer((socket) => {
    peer = socket;
    const splitter = new LineSplitter();
    socket.write(greeting);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) =>
      splitter.push(chunk, (line) => {
        const command = JSON.parse(line) as Command;
        commands.push(command);
        if (command.execute === 'qmp_capabilities') socket.write(`{"return": {}, "id": "${command.id}"}\r\n`);
        else answer(command, socket);
      }),
    );
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  const connection = await QmpConnection.connect(path);
  return { connection, commands, peer: () => peer };
}

const echo = (command: Command, socket: Socket) =>
  void socket.write(`${JSON.stringify({ return: command.arguments ?? null, id: command.id })}\r\n`);

afterEach(() => server?.close());

describe('QmpConnection', () => {
  it('greets, negotiates, and pairs answers with pipelined commands', async () => {
    const { connection, commands } = await monitor(echo);
    const answers = await Promise.all([1, 2, 3].map((n) => connection.execute('query-n', { n })));
    expect(answers).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await connection.ready).toMatchObject({ qemu: { major: 7, minor: 2 } });
    expect(commands.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'query-n', 'query-n', 'query-n']);
    expect(new Set(commands.map(({ id }) => id)).size).toBe(4);
    connection.close();
  });

  it('pairs answers by id, not by order', async () => {
    const held: Command[] = [];
    const { connection } = await monitor((command, socket) => {
      if (held.push(command) === 2) for (const one of held.reverse()) echo(one, socket);
    });
    expect(await Promise.all([connection.execute('a', { n: 1 }), connection.execute('b', { n: 2 })])).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
    connection.close();
  });

  it('turns a refusal into an error that quotes QEMU', async () => {
    const { connection } = await monitor((command, socket) =>
      socket.write(
        `{"id": "${command.id}", "error": {"class": "CommandNotFound", "desc": "The command x has not been found"}}\n`,
      ),
    );
    const error: unknown = await connection.execute('x').catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: ErrorCode.INTERNAL_ERROR,
      detail: "unable to execute QEMU command 'x': The command x has not been found",
    });
    expect(QmpCommandError.behind(error)?.errorClass).toBe('CommandNotFound');
    connection.close();
  });

  it('delivers events in order, also between command and answer', async () => {
    const { connection } = await monitor((command, socket) => {
      socket.write('{"event": "STOP", "timestamp": {"seconds": 1, "microseconds": 2}}\n');
      echo(command, socket);
      socket.write('{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}\n');
    });
    const seen: QmpEvent[] = [];
    const stop = connection.onEvent((event) => seen.push(event));
    await connection.execute('stop');
    await until(() => seen.length === 2, 'two events');
    expect(seen.map(({ event }) => event)).toEqual(['STOP', 'SHUTDOWN']);
    expect(seen[1]?.data).toEqual({ guest: true, reason: 'guest-shutdown' });
    stop();
    connection.close();
  });

  it('gives up at a deadline and on abort, and drops the late answer', async () => {
    const held: Command[] = [];
    const { connection, peer } = await monitor((command, socket) => {
      if (command.execute === 'now') echo(command, socket);
      else held.push(command);
    });
    await expect(connection.execute('slow', {}, { timeout: 5 })).rejects.toMatchObject({
      code: ErrorCode.OPERATION_TIMEOUT,
    });
    const controller = new AbortController();
    const aborted = connection.execute('slow', {}, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
    await expect(connection.execute('slow', {}, { signal: controller.signal })).rejects.toMatchObject({
      code: ErrorCode.OPERATION_ABORTED,
    });
    await until(() => held.length === 2, 'both commands');
    for (const command of held) echo(command, peer());
    expect(await connection.execute('now', { ok: true })).toEqual({ ok: true });
    connection.close();
  });

  it('fails everything that waits when QEMU goes away, and everything after', async () => {
    const { connection } = await monitor((_command, socket) => socket.destroy());
    const closed = new Promise((resolve) => connection.onClose(resolve));
    const failed = {
      code: ErrorCode.OPERATION_FAILED,
      message: expect.stringContaining('no longer running') as string,
    };
    await expect(connection.execute('a')).rejects.toMatchObject(failed);
    await expect(connection.execute('b')).rejects.toMatchObject(failed);
    expect(await closed).toMatchObject(failed);
  });

  it('closes on what is not JSON', async () => {
    const { connection } = await monitor(echo, '{"QMP":\n');
    await expect(connection.ready).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR });
    expect(connection.closed?.detail).toContain('cannot parse');
  });

  it('says which socket cannot be reached', async () => {
    await expect(QmpConnection.connect(join(dir, 'none'))).rejects.toMatchObject({
      code: ErrorCode.SYSTEM_ERROR,
      message: expect.stringContaining(join(dir, 'none')) as string,
    });
  });
});

describe('LineSplitter', () => {
  it('finds the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(20)), (texts, cuts) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '));
        let bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const splitter = new LineSplitter();
        const seen: string[] = [];
        for (const cut of cuts) {
          splitter.push(bytes.subarray(0, cut), (line) => seen.push(line));
          bytes = bytes.subarray(cut);
        }
        splitter.push(bytes, (line) => seen.push(line));
        expect(seen).toEqual(lines);
      }),
    );
  });
});

describe('stringify', () => {
  it('writes 64-bit integers exactly', () => {
    expect(stringify({ size: 9223372036853727232n, list: [-1n], text: '"', none: undefined })).toBe(
      '{"size":9223372036853727232,"list":[-1],"text":"\\""}',
    );
  });
});
