import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { formatBitmap, type HostCpuDef } from '@virtkit/core/conf';
import {
  type Clock,
  type Directories,
  type DomainEvents,
  type DomainLifecycleEvent,
  EventState,
  type HostFs,
  hostReader,
  type Log,
  readHostCapabilities,
} from '@virtkit/core/driver';
import {
  DomainEventID,
  ErrorCode,
  ErrorDomain,
  type HostReader,
  LibvirtError,
  type ProcessLock,
  acquireProcessLock,
  readMemoryCells,
} from '@virtkit/core/util';
import { RngSchemas } from '@virtkit/core/conf';
import { BriefMemory } from '../capabilities/brief-memory.js';
import { CapsCache, HOST_ARCH, HostFacts, type QemuCaps } from '../capabilities/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { saveStatus } from '../domain/status-store.js';
import { MomentStore } from '../moments/moment-store.js';
import { recordIntent } from '../process/index.js';
import { ConfigStore } from './config-store.js';
import { DomainList } from './domain-list.js';
import { PortAllocator } from './port-allocator.js';

/** What a host of QEMU guests is made of. */
export interface QemuHostServices {
  readonly dirs: Directories;
  readonly log: Log;
  readonly clock: Clock;
  readonly fs: HostFs;
  readonly privileged: boolean;
  /** Opens the secrets of this scope; who asks closes the connection. */
  readonly secrets: () => Promise<Connect>;
  /** Likewise its networks. */
  readonly networks: () => Promise<Connect>;
  /** Likewise its storage pools. */
  readonly storage: () => Promise<Connect>;
}

/** How long to wait for another host process to leave, in ms: short commands come and go. */
const LOCK_PATIENCE = 10_000;

/**
 * virQEMUDriver: the guests of one scope. There is one such object per scope in a process, and one process per scope: a
 * lock in the run directory sees to that.
 */
export class QemuHost {
  readonly domains = new DomainList();
  readonly events = new EventState<DomainEvents>();
  /** Names of tap devices that guests have or are about to have. */
  readonly tapNames = new Set<string>();
  readonly vncPorts = new PortAllocator('vnc', 5900, 65535);
  readonly config: ConfigStore;
  readonly snapshots: MomentStore;
  readonly checkpoints: MomentStore;
  readonly caps: CapsCache;
  readonly facts: HostFacts;
  readonly schemas = new RngSchemas();
  /** Documents of capabilities, while they are current. */
  readonly capabilityTexts = new BriefMemory<string>();
  readonly dirs: Directories;
  readonly log: Log;
  readonly clock: Clock;
  /** The machine itself. */
  readonly reader: HostReader;
  readonly privileged: boolean;
  readonly #lock: ProcessLock;
  readonly #recent = new BriefMemory<string>();
  #cpu: Promise<HostCpuDef | undefined> | undefined;

  /** Secrets, networks and storage pools of the same scope. */
  readonly secrets: () => Promise<Connect>;
  readonly networks: () => Promise<Connect>;
  readonly storage: () => Promise<Connect>;

  private constructor(services: QemuHostServices, lock: ProcessLock) {
    const { dirs, log, clock, fs, privileged, secrets, networks, storage } = services;
    this.secrets = secrets;
    this.networks = networks;
    this.storage = storage;
    this.dirs = dirs;
    this.log = log;
    this.clock = clock;
    this.reader = hostReader(fs);
    this.privileged = privileged;
    this.#lock = lock;
    this.config = new ConfigStore(dirs.etc);
    this.snapshots = new MomentStore(join(dirs.etc, 'snapshot'), 'snapshot');
    this.checkpoints = new MomentStore(join(dirs.etc, 'checkpoint'), 'checkpoint');
    this.facts = new HostFacts({ privileged });
    this.caps = new CapsCache(
      dirs.cache,
      async (name, run) => {
        const intent = await recordIntent(dirs.run, name);
        try {
          return await run(intent.env);
        } finally {
          await intent.clear();
        }
      },
      log,
    );
  }

  /** Becomes the owner of the scope whose directories these are. Reads nothing yet. */
  static async acquire(services: QemuHostServices, signal?: AbortSignal): Promise<QemuHost> {
    const { dirs } = services;
    for (const dir of Object.values(dirs) as string[]) {
      await mkdir(dir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
        throw LibvirtError.system(ErrorDomain.QEMU, `unable to create the directory ${dir}`, error);
      });
    }
    const path = join(dirs.run, 'driver.lock');
    for (const deadline = performance.now() + LOCK_PATIENCE; ;) {
      const lock = await acquireProcessLock(path);
      if ('release' in lock) return new QemuHost(services, lock);
      if (performance.now() > deadline || signal?.aborted)
        throw new LibvirtError(
          ErrorCode.OPERATION_FAILED,
          ErrorDomain.QEMU,
          `process ${lock.heldBy.pid} on ${hostname()} already manages the guests of ${dirs.etc} (${path}): ` +
            `use the connection it serves, or end it`,
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Lets go of all guests, which go on running, and of the scope. */
  async release(): Promise<void> {
    for (const domain of this.domains.all) {
      // A job under way is finished first, so that it leaves a state that the next host understands.
      await domain.jobs
        .run('close', () => domain.live?.release(), { patience: 60_000 })
        .catch((error: unknown) => {
          this.log.warning(`domain '${domain.name}' is left in the middle of a job: ${String(error)}`);
          domain.live?.release();
        });
    }
    await this.#lock.release();
  }

  /** What the emulator can do. */
  capsOf(emulator: string): Promise<QemuCaps> {
    return this.caps.get(emulator);
  }

  /** The processor of this machine; it does not change while we run. */
  hostCpu(): Promise<HostCpuDef | undefined> {
    this.#cpu ??= readHostCapabilities(this.reader, { arch: HOST_ARCH }).then(({ cpu }) => cpu);
    return this.#cpu;
  }

  /** What emulated TPMs remember between runs. */
  get tpmDir(): string {
    return join(this.dirs.lib, 'swtpm');
  }

  /** NUMA nodes of this machine, as a list of ranges. */
  numaNodes(): Promise<string> {
    return this.#recent.get('numa', async () => formatBitmap((await readMemoryCells(this.reader)).map(({ id }) => id)));
  }

  get active(): boolean {
    return this.domains.all.some((domain) => domain.active);
  }

  /** Tells of a change in a domain's life; `dom` is as it was when it happened. */
  emitLifecycle(domain: QemuDomain, event: DomainLifecycleEvent['event'], detail: number, dom = domain.ref): void {
    this.events.emit(DomainEventID.LIFECYCLE, domain.uuid, { dom, event, detail });
  }

  /** Writes a running domain's state to disk, for the next host; one that does not run has none. */
  async saveStatus(domain: QemuDomain): Promise<void> {
    await saveStatus(this.dirs.run, domain);
  }

  /** As {@link saveStatus}, for changes that nobody waits for. */
  saveStatusLater(domain: QemuDomain): void {
    void this.saveStatus(domain).catch((error: unknown) =>
      this.log.error(`cannot save the status of domain '${domain.name}': ${String(error)}`),
    );
  }
}
