import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeBootImage } from '@virtkit/guest';
import { ErrorCode, identifyProcess } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DomainLog,
  MONITOR_FD,
  QemuProcess,
  launch,
  recordIntent,
  sweepIntents,
  withSocketPath,
} from '../src/process/index.js';
import { commandText } from '../src/process/log-file.js';
import { QmpConnection } from '../src/qmp/index.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();

describe('start intents', () => {
  it('end the processes of starts that were not finished, and only those', async () => {
    const state = join(dir, 'intents');
    mkdirSync(state);
    const run = async (name: string) => {
      const { env, clear } = await recordIntent(state, name);
      const child = spawn('sleep', ['60'], { env: { ...process.env, ...env } });
      const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
      return { child, ended, clear };
    };
    const [orphan, running, done] = [await run('orphan'), await run('running'), await run('done')];
    await done.clear();
    expect(await sweepIntents(state, (name) => name === 'running')).toEqual(['orphan']);
    expect(await orphan.ended).toBe('SIGKILL');
    expect(identifyProcess(running.child.pid ?? 0)).toBeDefined();
    expect(identifyProcess(done.child.pid ?? 0)).toBeDefined();
    expect(readdirSync(state)).toEqual([]);
    running.child.kill('SIGKILL');
    done.child.kill('SIGKILL');
  });
});

describe('the log of a domain', () => {
  it('shows a command line that a shell understands', () => {
    expect(
      commandText({
        emulator: '/bin/qemu',
        argv: ['-name', "it's", '-S', '-blockdev', '{"a":1}'],
        env: { LC_ALL: 'C' },
        versions: [],
        time: new Date(0),
      }),
    ).toBe(`LC_ALL=C \\\n/bin/qemu \\\n-name 'it'\\''s' \\\n-S \\\n-blockdev '{"a":1}'`);
  });
});

describe.skipIf(!hasQemu)(`QEMU processes (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let serial = 0;
  const image = join(dir, 'boot.img');
  beforeAll(() => writeBootImage(image));

  const options = (...more: string[]) => {
    const name = `guest-${++serial}`;
    return {
      log: new DomainLog(join(dir, `${name}.log`)),
      monitorPath: join(dir, `${name}.sock`),
      command: {
        emulator: EMULATOR,
        argv: [
          ...['-machine', 'pc,accel=tcg', '-m', '16', '-nodefaults', '-no-user-config', '-display', 'none', '-S'],
          ...['-chardev', `socket,id=charmonitor,fd=${MONITOR_FD},server=on,wait=off`],
          ...['-mon', 'chardev=charmonitor,mode=control', ...more],
        ],
        env: { LC_ALL: 'C' },
        versions: ['virtkit version: 1'],
        time: new Date(),
      },
    };
  };

  it('starts, logs its command line, runs, and is reaped on SIGTERM', async () => {
    const start = options('-drive', `file=${image},format=raw`, '-serial', `file:${join(dir, 'serial')}`);
    const { process: qemu, monitor, version } = await launch(start);
    expect(version.qemu.major).toBeGreaterThan(3);
    await monitor.execute('cont');
    await until(() => readFileSync(join(dir, 'serial'), 'utf8').includes('virtkit guest'), 'the banner');
    expect(readFileSync(start.log.path, 'utf8')).toMatch(
      /^\d{4}-.* starting up virtkit version: 1, .*\nLC_ALL=C \\\n\//,
    );
    expect(await qemu.terminate()).toBe(true);
    expect(await qemu.ended).toEqual({ code: 0 });
    expect(qemu.running).toBe(false);
    expect(monitor.closed).toBeDefined();
  });

  it('notices a killed process at once', async () => {
    const { process: qemu } = await launch(options());
    const killed = performance.now();
    qemu.signal('SIGKILL');
    expect(await qemu.ended).toEqual({ signal: 'SIGKILL' });
    expect(performance.now() - killed).toBeLessThan(1000);
  });

  it('quotes what QEMU says when it refuses to start', async () => {
    await expect(launch(options('-machine', 'nonsense'))).rejects.toMatchObject({
      code: ErrorCode.INTERNAL_ERROR,
      detail: expect.stringMatching(
        /^process exited while connecting to monitor: .*unsupported machine type/,
      ) as string,
    });
  });

  it('says which emulator cannot be run', async () => {
    const start = options();
    await expect(launch({ ...start, command: { ...start.command, emulator: '/none/qemu' } })).rejects.toMatchObject({
      code: ErrorCode.SYSTEM_ERROR,
      detail: expect.stringContaining("'/none/qemu'") as string,
    });
  });

  it('leaves no process when the start is given up', async () => {
    for (const start of [{ timeout: 1 }, { signal: AbortSignal.timeout(3) }]) {
      let qemu: QemuProcess | undefined;
      await expect(launch({ ...options(), ...start, onSpawn: (process) => (qemu = process) })).rejects.toThrow();
      expect(qemu?.running).toBe(false);
    }
  });

  it('is adopted, and its end is noticed without being its parent', async () => {
    const start = options();
    const first = await launch(start);
    first.monitor.close();
    first.process.release();
    const monitor = await QmpConnection.connect(start.monitorPath);
    await monitor.execute('query-status');
    const adopted = QemuProcess.adopt(first.process.identity, monitor);
    await monitor.execute('quit');
    expect(await adopted.ended).toEqual({});
  });

  it('is reached also when its path is too long for a socket address', async () => {
    const deep = join(dir, 'd'.repeat(120));
    mkdirSync(deep);
    const monitorPath = join(deep, 'monitor.sock');
    const { process: qemu, monitor } = await launch({ ...options(), monitorPath });
    expect(await monitor.execute('query-status')).toMatchObject({ running: false });
    monitor.close();
    const again = await withSocketPath(monitorPath, (path) => QmpConnection.connect(path));
    expect(await again.execute('query-status')).toMatchObject({ running: false });
    expect(existsSync(monitorPath)).toBe(true);
    await qemu.terminate();
  });
});
