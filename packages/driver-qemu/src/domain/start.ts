import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DomainDef, GuestCpuDef } from '@virtkit/core/conf';
import {
  DomainEventStartedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  UndoStack,
} from '@virtkit/core/util';
import { withoutChannelStates } from '../agent/index.js';
import { cgroupMounts, DEFAULT_PARTITION, hasLimits, placeGuest } from '../cgroup/index.js';
import { withBackingChains } from './backing-chain.js';
import { commandContext, masterKeyFile, shortName, tpmSocket } from './command-context.js';
import { buildCommandLine } from '../command/index.js';
import { prepareVariables } from '../firmware/index.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { JobRecord } from '../jobs/job-record.js';
import { DomainLog, MONITOR_FD, launch, recordIntent } from '../process/index.js';
import type { QmpConnection } from '../qmp/index.js';
import { emulatedTpm, endSwtpm, startSwtpm } from '../tpm/index.js';
import type { QemuDomain } from './domain.js';
import { assignGraphicsPorts } from './graphics-ports.js';
import { withLiveCpu } from './live-cpu.js';
import { LiveDomain } from './live-domain.js';
import { diskPaths, emulatorOf, readLiveFacts, withLiveFacts } from './model.js';
import { withOwner } from './owner.js';
import { newMasterKey } from './sealed-secrets.js';
import { paused, shutoff } from './state.js';
import { stopDomain } from './stop.js';
import { nameTaps, plugTaps } from './taps.js';
import { throttleDisks } from './throttle.js';
import { plugVcpus, readVcpus, withLiveVcpus } from '../vcpu/hotplug.js';
import { watchDomain } from './watch.js';

type StartOrigin = 'boot' | 'snapshot' | 'restore';

/** How the origins of a start are told. */
const ORIGINS = {
  boot: {
    started: DomainEventStartedDetailType.BOOTED,
    suspended: DomainEventSuspendedDetailType.PAUSED,
    running: DomainRunningReason.BOOTED,
    paused: DomainPausedReason.USER,
  },
  snapshot: {
    started: DomainEventStartedDetailType.FROM_SNAPSHOT,
    suspended: DomainEventSuspendedDetailType.FROM_SNAPSHOT,
    running: DomainRunningReason.FROM_SNAPSHOT,
    paused: DomainPausedReason.FROM_SNAPSHOT,
  },
  restore: {
    started: DomainEventStartedDetailType.RESTORED,
    suspended: DomainEventSuspendedDetailType.RESTORED,
    running: DomainRunningReason.RESTORED,
    paused: DomainPausedReason.MIGRATION,
  },
} as const;

export interface StartOptions {
  /** What to run, if not what the domain is defined to be. */
  readonly config?: DomainDef;
  /** The guest's CPUs stay stopped until it is resumed. */
  readonly paused: boolean;
  /** What it is, as its events tell: a machine switched on (default), the return to a snapshot or to a saved state. */
  readonly origin?: StartOrigin;
  /** What the event of a restored guest that stays paused tells; default RESTORED. */
  readonly suspended?: DomainEventSuspendedDetailType;
  /** QEMU waits for the guest's state, which `restore` gives it. */
  readonly incoming?: boolean;
  /** What a host that comes after this one has to know until the caller is through. */
  readonly job?: JobRecord;
  /** The CPU as it was defined, where `config` has the one that came of it. */
  readonly originalCpu?: GuestCpuDef | undefined;
  /** Brings the guest to another state than that of a machine switched on, before its CPUs run. */
  readonly restore?: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * qemuProcessStart: runs a domain that is inactive, as part of a job of the domain. Returns when the guest runs and a
 * host that comes after this one would know of it. When it fails nothing is left: no process, no files.
 */
export async function startDomain(host: QemuHost, domain: QemuDomain, options: StartOptions): Promise<void> {
  const destroyed = new AbortController();
  const signal = options.signal === undefined ? destroyed.signal : AbortSignal.any([options.signal, destroyed.signal]);
  domain.abortStart = () => destroyed.abort(new Error('the domain was destroyed while it started'));
  try {
    for (let attempt = 1; ; attempt++) {
      const undo = new UndoStack();
      try {
        return await bringUp(host, domain, { ...options, signal }, undo);
      } catch (error) {
        if (!domain.active) domain.status = shutoff(DomainShutoffReason.FAILED);
        await undo.run((failure) => host.log.error(`undoing the start of '${domain.name}': ${String(failure)}`));
        if (attempt === PORT_ATTEMPTS || !lostItsPort(error)) throw LibvirtError.from(error, ErrorDomain.QEMU);
      }
    }
  } finally {
    domain.abortStart = undefined;
  }
}

const PORT_ATTEMPTS = 5;

/** A port that was free when we looked was taken by another process before QEMU could have it: the next one may do. */
function lostItsPort(error: unknown): boolean {
  return LibvirtError.is(error) && /-vnc .*Address already in use/.test(error.detail);
}

async function bringUp(host: QemuHost, domain: QemuDomain, options: StartOptions, undo: UndoStack): Promise<void> {
  const { signal } = options;
  const config = options.config ?? domain.persistentDef;
  const emulator = emulatorOf(config);
  const [caps] = await Promise.all([host.capsOf(emulator), assertDisksExist(config)]);
  const intent = await recordIntent(host.dirs.run, domain.name);
  undo.push(() => intent.clear());

  const id = host.domains.nextId();
  const dir = join(host.dirs.lib, `domain-${id}-${shortName(domain.name)}`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  undo.push(() => rm(dir, { recursive: true, force: true }));

  const key = newMasterKey();
  const withPorts = await nameTaps(host, await assignGraphicsPorts(host, await withBackingChains(config), undo), undo);
  const {
    argv,
    env,
    def: prepared,
  } = buildCommandLine({ ...withPorts, id }, caps, {
    ...(await commandContext(host, caps, withPorts, {
      dir,
      monitor: `socket,fd=${MONITOR_FD},server=on,wait=off`,
      key,
    })),
    incoming: options.incoming === true ? 'defer' : undefined,
  });
  await Promise.all([
    prepareVariables(prepared),
    makeSocketFolders(prepared, dir),
    writeFile(masterKeyFile(dir), key, { mode: 0o600 }),
  ]);
  await runTpm(host, prepared, dir, intent.env, undo);
  const log = new DomainLog(join(host.dirs.log, `${domain.name}.log`));
  await mkdir(host.dirs.log, { recursive: true, mode: 0o700 });
  const monitorPath = join(dir, 'monitor.sock');
  const launched = await launch({
    command: {
      emulator,
      argv,
      env: { ...env, ...intent.env },
      versions: [`qemu version: ${versionText(caps.version)}${caps.data.package}`],
      time: new Date(host.clock.now()),
    },
    log,
    monitorPath,
    signal,
  });
  const live = new LiveDomain({ process: launched.process, monitor: launched.monitor, monitorPath, dir, log });
  undo.push(async () => {
    await (await live.cgroup)?.remove();
  });
  undo.push(async () => {
    live.beingDestroyed = true;
    live.monitor.close();
    await live.process.terminate({ patience: 0 });
    await log.end('failed', new Date(host.clock.now()));
  });

  await plugVcpus(live.monitor, prepared);
  await Promise.all([
    plugTaps(prepared),
    throttleDisks(live.monitor, prepared),
    setBalloon(live.monitor, prepared),
    place(host, { ...prepared, id }, domain.name, live),
  ]);
  // From here on it is a domain that runs, if only to be brought down again.
  const [facts, ours] = await Promise.all([
    readLiveFacts(live.monitor, prepared),
    withLiveCpu(live.monitor, prepared, { signal }),
  ]);
  live.balloon = facts.balloon;
  const closed = withoutChannelStates(ours, 'disconnected');
  const ready =
    prepared.vcpus === undefined ? closed : withLiveVcpus(closed, await readVcpus(live, prepared.vcpu.value));
  const running = inPartition(host, withLiveFacts(ready, facts));
  publish(host, domain, live, host.privileged ? withOwner(running) : running, id, undo);
  live.job = options.job;
  live.originalCpu = options.originalCpu ?? config.cpu;
  const { paused: stays, origin = 'boot', suspended = ORIGINS[origin].suspended } = options;
  const told = ORIGINS[origin];
  domain.status = paused(stays ? told.paused : DomainPausedReason.STARTING_UP);
  watchDomain(host, domain, live);
  try {
    // What QEMU does by itself when the guest reboots is told to it beforehand.
    if (prepared.on_reboot === 'destroy' && caps.has('set-action'))
      await live.monitor.execute('set-action', { reboot: 'shutdown' });
    if (options.restore !== undefined) {
      await options.restore();
      live.balloon = (await readLiveFacts(live.monitor, prepared)).balloon;
    }
    if (origin === 'restore') {
      // What was restored has been started before it runs on; what boots is started by running.
      host.emitLifecycle(domain, DomainEventType.STARTED, told.started);
      // Once it runs, nobody may begin again with what it was restored from.
      await host.saveStatus(domain);
    }
    if (!stays) {
      live.runningReason = told.running;
      await live.monitor.execute('cont');
    }
    await host.saveStatus(domain);
    await intent.clear();
  } catch (error) {
    undo.clear();
    await stopDomain(host, domain, live, 'failed');
    await intent.clear();
    throw error;
  }
  undo.clear();
  if (origin !== 'restore') host.emitLifecycle(domain, DomainEventType.STARTED, told.started);
  if (stays) host.emitLifecycle(domain, DomainEventType.SUSPENDED, suspended);
}

/** The guest's control group, before it runs where it has limits, meanwhile where it has none. */
async function place(host: QemuHost, def: DomainDef, name: string, live: LiveDomain): Promise<void> {
  const placing = placeGuest(host, def, { id: def.id ?? -1, name, pid: live.process.pid, monitor: live.monitor });
  live.cgroup = placing.catch((error: unknown) => {
    // One that has ended needs none.
    if (!live.beingDestroyed && live.monitor.closed === undefined)
      host.log.warning(`domain '${name}' has no control group: ${String(error)}`);
    return undefined;
  });
  if (hasLimits(def)) await placing;
}

/** virDomainResourceDef of a guest that runs. */
function inPartition(host: QemuHost, def: DomainDef): DomainDef {
  if (!host.privileged || def.resource !== undefined || cgroupMounts().size === 0) return def;
  return { ...def, resource: { partition: DEFAULT_PARTITION } };
}

/** qemuProcessSetupBalloon: the guest's driver, once there is one, is to leave this much. */
async function setBalloon(monitor: QmpConnection, { devices, memory, currentMemory }: DomainDef): Promise<void> {
  const { memballoon } = devices;
  if (memballoon === undefined || memballoon.model === 'none' || currentMemory >= memory.value) return;
  await monitor.execute('balloon', { value: BigInt(currentMemory) * 1024n });
}

/** An emulated TPM runs before QEMU does, and ends with QEMU's connection. */
async function runTpm(
  host: QemuHost,
  def: DomainDef,
  dir: string,
  env: Readonly<Record<string, string>>,
  undo: UndoStack,
): Promise<void> {
  const tpm = emulatedTpm(def);
  if (tpm === undefined) return;
  const logs = join(host.dirs.log, 'swtpm');
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const swtpm = await startSwtpm(def, tpm, {
    stateRoot: host.tpmDir,
    socket: tpmSocket(dir),
    log: join(logs, `${def.name}-swtpm.log`),
    env,
  });
  undo.push(() => endSwtpm(swtpm));
}

/** Folders of sockets that are ours to place. */
async function makeSocketFolders({ devices }: DomainDef, dir: string): Promise<void> {
  const folder = join(dir, 'channel');
  const wanted = devices.channel.some((one) => one.type === 'unix' && one.source?.path?.startsWith(`${folder}/`));
  if (wanted) await mkdir(folder, { mode: 0o700 });
}

/** Makes the domain an active one; the definition it came from is what its next start will use. */
function publish(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  def: DomainDef,
  id: number,
  undo: UndoStack,
): void {
  const before = { def: domain.def, newDef: domain.newDef };
  undo.push(() => {
    Object.assign(domain, before, { live: undefined, id: -1, status: shutoff(DomainShutoffReason.FAILED) });
  });
  if (domain.persistent) domain.newDef = domain.persistentDef;
  domain.def = def;
  domain.live = live;
  domain.id = id;
  host.domains.reserveId(id);
}

/** libvirt's error for a disk whose file is not there, before QEMU says it in its own words. */
async function assertDisksExist(def: DomainDef): Promise<void> {
  await Promise.all(
    diskPaths(def).map((path) =>
      access(path).catch((cause: unknown) => {
        const what = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'No such file or directory' : String(cause);
        throw new LibvirtError(
          ErrorCode.SYSTEM_ERROR,
          ErrorDomain.STORAGE,
          `Cannot access storage file '${path}': ${what}`,
          { cause, int1: Math.abs((cause as { errno?: number }).errno ?? 0) },
        );
      }),
    ),
  );
}

const versionText = (version: number) =>
  `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`;
