import { spawn } from 'node:child_process';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { QmpConnection, type QmpVersion } from '../qmp/index.js';
import { identifyProcess } from '@virtkit/core/util';
import { listenForChild, withSocketPath } from './listening-socket.js';
import type { DomainLog, StartEntry } from './log-file.js';
import { QemuProcess } from './qemu-process.js';

/** The descriptor by which QEMU inherits its listening monitor socket; `extraFds` follow it. */
export const MONITOR_FD = 3;

/** One start of QEMU. */
export interface LaunchOptions {
  /** What goes into the log and is run; its argv must open the monitor on {@link MONITOR_FD}. */
  readonly command: StartEntry;
  readonly log: DomainLog;
  readonly monitorPath: string;
  /** Descriptors of ours that QEMU inherits as MONITOR_FD + 1 and up. */
  readonly extraFds?: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** How long QEMU may take until it greets, in ms. */
  readonly timeout?: number;
  /** Called as soon as the process exists, before it has said anything. */
  readonly onSpawn?: (process: QemuProcess) => void;
}

/** A QEMU that listens to its monitor. */
export interface Launched {
  readonly process: QemuProcess;
  readonly monitor: QmpConnection;
  readonly version: QmpVersion;
}

/**
 * Starts QEMU in a session of its own, its output going to the log, and returns once it answers on its monitor. When QEMU
 * gives up before that, the error quotes what it wrote. On any failure no process is left.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { command, log, monitorPath, extraFds = [], signal, timeout = 30_000, onSpawn } = options;
  const socket = await listenForChild(monitorPath);
  let started: { process: QemuProcess; offset: number };
  try {
    started = await start(command, log, [socket.fd, ...extraFds]);
  } finally {
    await socket.close();
  }
  const { process, offset } = started;
  let monitor: QmpConnection | undefined;
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  try {
    onSpawn?.(process);
    const opened = await withSocketPath(monitorPath, (path) => QmpConnection.connect(path));
    monitor = opened;
    const failed = new Promise<never>((_resolve, reject) => {
      const late = `QEMU did not answer on its monitor within ${timeout} ms; its log is ${log.path}`;
      const fail = (code: ErrorCode, detail: string) => reject(new LibvirtError(code, ErrorDomain.QEMU, detail));
      timer = setTimeout(() => fail(ErrorCode.OPERATION_TIMEOUT, late), timeout);
      abort = () => fail(ErrorCode.OPERATION_ABORTED, 'the start was given up by the caller');
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
    });
    const ready = opened.ready.catch(async (cause: unknown) => {
      await process.ended;
      throw await exitedEarly(log, offset, cause);
    });
    const version = await Promise.race([ready, failed]);
    return { process, monitor, version };
  } catch (error) {
    monitor?.close();
    await process.terminate({ patience: 0 });
    throw LibvirtError.from(error, ErrorDomain.QEMU);
  } finally {
    clearTimeout(timer);
    if (abort) signal?.removeEventListener('abort', abort);
  }
}

async function start(
  command: StartEntry,
  log: DomainLog,
  fds: readonly number[],
): Promise<{ process: QemuProcess; offset: number }> {
  const { file, offset } = await log.begin(command).catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.QEMU, `unable to write the log '${log.path}'`, error);
  });
  try {
    const child = spawn(command.emulator, command.argv, {
      cwd: '/',
      detached: true,
      env: command.env,
      stdio: ['ignore', file.fd, file.fd, ...fds],
    });
    const failure = new Promise<never>((_resolve, reject) => child.once('error', reject));
    failure.catch(() => undefined);
    if (child.pid === undefined) return await failure;
    // Not reaped yet, for that takes a turn of the event loop: so /proc still knows it, as a zombie at worst.
    const identity = identifyProcess(child.pid) ?? { pid: child.pid, startTime: '', bootId: '' };
    return { process: QemuProcess.ofChild(child, identity), offset };
  } catch (error) {
    if (LibvirtError.is(error)) throw error;
    throw LibvirtError.system(ErrorDomain.QEMU, `unable to run the emulator '${command.emulator}'`, error);
  } finally {
    await file.close();
  }
}

async function exitedEarly(log: DomainLog, offset: number, cause: unknown): Promise<LibvirtError> {
  const said = await log.since(offset).catch(() => '');
  const detail = `process exited while connecting to monitor: ${said || `it wrote nothing to its log ${log.path}`}`;
  return new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail, { cause });
}
