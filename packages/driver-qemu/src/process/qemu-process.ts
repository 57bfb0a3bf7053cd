import type { ChildProcess } from 'node:child_process';
import type { QmpConnection } from '../qmp/index.js';
import { type ProcessIdentity, isProcessRunning, signalProcess, waitForProcessEnd } from '@virtkit/core/util';

/** How a QEMU ended; both are undefined when it was not our child. */
export interface ProcessEnd {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
}

/** A running QEMU process, started by this host or adopted from an earlier one. */
export class QemuProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended and, if it is our child, has been reaped. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess | undefined;
  readonly #released: AbortController;

  private constructor(
    identity: ProcessIdentity,
    ended: Promise<ProcessEnd>,
    released: AbortController,
    child?: ChildProcess,
  ) {
    this.identity = identity;
    this.ended = ended;
    this.#released = released;
    this.#child = child;
  }

  /** A child of ours: the kernel tells at once when it ends. */
  static ofChild(child: ChildProcess, identity: ProcessIdentity): QemuProcess {
    const ended = new Promise<ProcessEnd>((resolve) =>
      child.once('exit', (code, signal) =>
        resolve({ ...(code !== null && { code }), ...(signal !== null && { signal }) }),
      ),
    );
    return new QemuProcess(identity, ended, new AbortController(), child);
  }

  /** Somebody else's child: its monitor, which it closes when it ends, tells that it is time to look. */
  static adopt(identity: ProcessIdentity, monitor: QmpConnection): QemuProcess {
    const released = new AbortController();
    const ended = new Promise<ProcessEnd>((resolve) =>
      monitor.onClose(() => {
        void waitForProcessEnd(identity, Infinity, released.signal).then((over) => over && resolve({}));
      }),
    );
    return new QemuProcess(identity, ended, released);
  }

  get pid(): number {
    return this.identity.pid;
  }

  get running(): boolean {
    return isProcessRunning(this.identity);
  }

  /** Sends a signal unless the process has ended, whoever has its pid now. */
  signal(signal: NodeJS.Signals): boolean {
    return signalProcess(this.identity, signal);
  }

  /**
   * Ends the process: SIGTERM, on which QEMU writes back its disks' caches, and, unless `graceful`, SIGKILL after
   * `patience` ms. False when it still runs after that and `killPatience` ms more.
   */
  async terminate({ graceful = false, patience = 10_000, killPatience = 30_000 } = {}): Promise<boolean> {
    this.signal('SIGTERM');
    if (await this.#endsWithin(patience)) return true;
    if (graceful) return false;
    this.signal('SIGKILL');
    return this.#endsWithin(killPatience);
  }

  /** Lets this host's process end while QEMU goes on; `ended` need not resolve after this. */
  release(): void {
    this.#released.abort();
    this.#child?.unref();
  }

  async #endsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
    const ended =
      this.#child === undefined
        ? waitForProcessEnd(this.identity, performance.now() + ms)
        : this.ended.then(() => true);
    try {
      return await Promise.race([ended, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
