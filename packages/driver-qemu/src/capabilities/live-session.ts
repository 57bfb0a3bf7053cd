import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { QmpCommandError, QmpConnection } from '../qmp/index.js';
import type { ProbeSession } from './dialogue/session.js';

/** A throw-away QEMU that only answers questions. */
export interface LiveSession extends ProbeSession {
  close(): Promise<void>;
}

export interface LiveSessionOptions {
  /** As in `-machine none,accel=`. */
  readonly accel: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: number;
}

/** Starts `binary` with no machine; it lives until closed. Raises what QEMU wrote when it cannot start. */
export async function openLiveSession(binary: string, options: LiveSessionOptions): Promise<LiveSession> {
  const { accel, env, signal, timeout = 30_000 } = options;
  const child = spawn(
    binary,
    [
      ...['-S', '-no-user-config', '-nodefaults', '-nographic', '-machine', `none,accel=${accel}`],
      // A connected pair: nothing in the file system, and nobody else can talk to it.
      ...['-chardev', 'socket,id=charmonitor,fd=3', '-mon', 'chardev=charmonitor,id=monitor,mode=control'],
    ],
    {
      cwd: '/',
      env: { LC_ALL: 'C', PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-4096)));
  const ended = new Promise<unknown>((resolve) => {
    child.once('close', () => resolve(undefined));
    child.once('error', resolve);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const abort = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  const monitor = new QmpConnection(child.stdio[3] as Socket);
  const close = async () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    monitor.close();
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await monitor.ready;
  } catch (cause) {
    const failure = await ended;
    await close();
    if (failure !== undefined)
      throw LibvirtError.system(ErrorDomain.QEMU, `Cannot check QEMU binary ${binary}`, failure);
    const detail = `Failed to probe QEMU binary with QMP: ${binary}: ${said.trim() || 'it ended without a word'}`;
    throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail, { cause });
  }
  return {
    close,
    async execute(command, args) {
      try {
        return { return: await monitor.execute(command, args) };
      } catch (error) {
        const refusal = QmpCommandError.behind(error);
        if (refusal === undefined) throw error;
        return { error: { class: refusal.errorClass, desc: refusal.description } };
      }
    },
  };
}
