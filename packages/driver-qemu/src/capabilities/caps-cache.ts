import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@virtkit/core/driver';
import { formatCapsCache, parseCapsCache } from './cache-xml.js';
import { type KvmState, checkKvm, kvmAccess } from './kvm-check.js';
import { type BinaryIdentity, binaryIdentity, probeBinary } from './probe.js';
import type { QemuCaps } from './qemu-caps.js';

/** What a cached probe depends on besides the binary; changed whenever a probe would learn something else. */
const FORMAT = 2;

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 20);

/** What KVM can do depends on the kernel that runs, and on whether we may use it. */
async function hostIdentity(): Promise<string> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
  return `${bootId.trim()} ${await kvmAccess()}`;
}

/** Marks a process that is started for a moment, so that it is found and ended if this host dies meanwhile. */
export type MarkProcess = <T>(name: string, run: (env: Readonly<Record<string, string>>) => Promise<T>) => Promise<T>;

interface Entry {
  readonly key: string;
  readonly caps: Promise<QemuCaps>;
}

/**
 * virFileCache of QEMU capabilities: each emulator is probed when first asked for, again when its file has changed, and
 * what was found is kept on disk. Asking many times at once probes once.
 */
export class CapsCache {
  readonly #dir: string;
  readonly #mark: MarkProcess;
  readonly #log: Log | undefined;
  readonly #entries = new Map<string, Entry>();
  #kvm: Promise<KvmState> | undefined;

  constructor(dir: string, mark: MarkProcess, log?: Log) {
    this.#dir = join(dir, 'capabilities');
    this.#mark = mark;
    this.#log = log;
  }

  /** What the emulator can do; fails as the probe fails, and the next call tries again. */
  async get(emulator: string): Promise<QemuCaps> {
    const identity = binaryIdentity(emulator);
    const key = JSON.stringify([FORMAT, identity]);
    const known = this.#entries.get(emulator);
    if (known?.key === key) return known.caps;
    const caps = this.#load(identity, key);
    this.#entries.set(emulator, { key, caps });
    caps.catch(() => {
      if (this.#entries.get(emulator)?.caps === caps) this.#entries.delete(emulator);
    });
    return caps;
  }

  /** Whether guests can really run on KVM, which QEMU believes too easily; found out once, by running one for a moment. */
  kvm(emulator: string): Promise<KvmState> {
    this.#kvm ??= this.#loadKvm(emulator);
    return this.#kvm;
  }

  /** The answer holds until the host is started anew. */
  async #loadKvm(emulator: string): Promise<KvmState> {
    const file = `kvm-${digest(await hostIdentity())}.json`;
    const kept = await readFile(join(this.#dir, file), 'utf8').catch(() => undefined);
    if (kept !== undefined) {
      try {
        return JSON.parse(kept) as KvmState;
      } catch {
        // cut off by a crash: found out again below
      }
    }
    const state = await this.#mark('kvm-check', (env) => checkKvm(emulator, { env }));
    await this.#write('kvm', file, JSON.stringify(state)).catch(() => undefined);
    return state;
  }

  async #load(identity: BinaryIdentity, key: string): Promise<QemuCaps> {
    const prefix = digest(identity.path);
    const file = `${prefix}-${digest(`${key} ${await hostIdentity()}`)}.xml`;
    const cached = await this.#read(file);
    if (cached !== undefined) return cached;
    // What QEMU says of KVM, as libvirt takes it; whether guests get anywhere on it is a question of its own.
    const kvm = (await kvmAccess()) === undefined;
    const caps = await this.#mark(`probe-${prefix}`, (env) => probeBinary(identity, { kvm, env }));
    // Not being able to keep it costs time, nothing else.
    await this.#write(prefix, file, formatCapsCache(caps)).catch((error: unknown) =>
      this.#log?.warning(`cannot keep the capabilities of ${identity.path} in ${this.#dir}: ${String(error)}`),
    );
    return caps;
  }

  async #read(file: string): Promise<QemuCaps | undefined> {
    let text: string;
    try {
      text = await readFile(join(this.#dir, file), 'utf8');
    } catch {
      return undefined;
    }
    try {
      return parseCapsCache(text);
    } catch (error) {
      this.#log?.warning(
        `the capability cache ${join(this.#dir, file)} is unusable and will be replaced: ${String(error)}`,
      );
      return undefined;
    }
  }

  async #write(prefix: string, file: string, text: string): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const path = join(this.#dir, file);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
    for (const other of await readdir(this.#dir))
      if (other.startsWith(`${prefix}-`) && other !== file) await rm(join(this.#dir, other), { force: true });
  }
}
