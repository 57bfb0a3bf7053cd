import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { formatBitmap, type HostCpuDef } from '@virtkit/core/conf';
import {
  DefinitionStore,
  type DomainEvents,
  type DomainLifecycleEvent,
  EventState,
  hostReader,
  readHostCapabilities,
  type ScopedState,
  type ScopeServices,
} from '@virtkit/core/driver';
import { DomainEventID, ErrorDomain, type HostReader, LibvirtError, readMemoryCells } from '@virtkit/core/util';
import { BriefMemory } from '../capabilities/brief-memory.js';
import { CapsCache, HOST_ARCH, HostFacts, type QemuCaps } from '../capabilities/index.js';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { saveStatus } from '../domain/status-store.js';
import { MomentStore } from '../moments/moment-store.js';
import { recordIntent } from '../process/index.js';
import { domainFileName } from './domain-file-name.js';
import { DomainList } from './domain-list.js';
import { initializeHost, reloadHost } from './initialize.js';
import { type QemuConf, readQemuConf } from './qemu-conf.js';
import { PortAllocator } from './port-allocator.js';

/** What a host of QEMU guests is made of. */
export interface QemuHostServices extends Omit<ScopeServices, 'scope'> {
  readonly privileged: boolean;
  /** Opens the secrets of this scope; who asks closes the connection. */
  readonly secrets: () => Promise<Connect>;
  /** Likewise its networks. */
  readonly networks: () => Promise<Connect>;
  /** Likewise its storage pools. */
  readonly storage: () => Promise<Connect>;
}

/** virQEMUDriver: the guests of one scope. There is one such object per scope in a process, and one process per scope. */
export class QemuHost implements ScopedState {
  readonly domains = new DomainList();
  readonly events = new EventState<DomainEvents>();
  /** Names of tap devices that guests have or are about to have. */
  readonly tapNames = new Set<string>();
  readonly vncPorts = new PortAllocator('vnc', 5900, 65535);
  readonly websocketPorts = new PortAllocator('webSockets', 5700, 65535);
  readonly definitions: DefinitionStore;
  readonly snapshots: MomentStore;
  readonly checkpoints: MomentStore;
  readonly caps: CapsCache;
  readonly facts: HostFacts;
  /** Documents of capabilities, while they are current. */
  readonly capabilityTexts = new BriefMemory<string>();
  readonly dirs: ScopeServices['dirs'];
  readonly log: ScopeServices['log'];
  readonly clock: ScopeServices['clock'];
  /** The machine itself. */
  readonly reader: HostReader;
  readonly privileged: boolean;
  /** What the administrator has decided. */
  conf: QemuConf = { saveImageFormat: 'raw', dumpImageFormat: 'raw' };
  readonly #background = new Set<Promise<void>>();
  readonly #recent = new BriefMemory<string>();
  #cpu: Promise<HostCpuDef | undefined> | undefined;

  /** Secrets, networks and storage pools of the same scope. */
  readonly secrets: () => Promise<Connect>;
  readonly networks: () => Promise<Connect>;
  readonly storage: () => Promise<Connect>;

  constructor(services: QemuHostServices) {
    const { dirs, log, clock, hostFs, privileged, secrets, networks, storage } = services;
    this.secrets = secrets;
    this.networks = networks;
    this.storage = storage;
    this.dirs = dirs;
    this.log = log;
    this.clock = clock;
    this.reader = hostReader(hostFs);
    this.privileged = privileged;
    this.definitions = new DefinitionStore(dirs.etc, {
      log,
      domain: ErrorDomain.QEMU,
      what: 'domain',
      fileName: domainFileName,
    });
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

  /** See {@link initializeHost}. */
  async load(signal?: AbortSignal): Promise<void> {
    for (const dir of Object.values(this.dirs) as string[]) {
      await mkdir(dir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
        throw LibvirtError.system(ErrorDomain.QEMU, `unable to create the directory ${dir}`, error);
      });
    }
    this.conf = await readQemuConf(this.#confPath);
    await initializeHost(this, signal);
  }

  async reload(): Promise<void> {
    this.conf = await readQemuConf(this.#confPath);
    await reloadHost(this);
  }

  /** Beside the folder of definitions, as libvirt's is. */
  get #confPath(): string {
    return `${this.dirs.etc}.conf`;
  }

  /** Lets go of all guests, which go on running. */
  async close(): Promise<void> {
    for (const domain of this.domains.all) {
      // A job under way is finished first, so that it leaves a state that the next host understands.
      await domain.jobs
        .run('close', () => release(domain.live), { patience: 60_000 })
        .catch((error: unknown) => {
          this.log.warning(`domain '${domain.name}' is left in the middle of a job: ${String(error)}`);
          domain.live?.release();
        });
    }
    await Promise.all(this.#background);
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

  /** The file from which a domain's next start goes on. */
  managedSavePath(name: string): string {
    return join(this.dirs.lib, 'save', `${name}.save`);
  }

  /** What emulated TPMs remember between runs. */
  get tpmDir(): string {
    return join(this.dirs.lib, 'swtpm');
  }

  /** NUMA nodes of this machine, as a list of ranges. */
  numaNodes(): Promise<string> {
    return this.#recent.get('numa', async () => formatBitmap((await readMemoryCells(this.reader)).map(({ id }) => id)));
  }

  /** Lets work that nobody waits for end before the host does. It must not fail. */
  inBackground(work: Promise<void>): void {
    this.#background.add(work);
    void work.finally(() => this.#background.delete(work));
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

/** Lets go of a guest once it is where it belongs. */
async function release(live: LiveDomain | undefined): Promise<void> {
  await live?.cgroup;
  live?.release();
}
