import {
  DomainEventCrashedDetailType,
  DomainEventID,
  DomainEventPMSuspendedDetailType,
  DomainEventResumedDetailType,
  DomainEventShutdownDetailType,
  DomainEventStartedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutdownReason,
  DomainState,
} from '@virtkit/core/util';
import type { QemuHost } from '../host/qemu-host.js';
import type { QmpEvent, QmpEventOf, QmpEvents } from '../qmp/index.js';
import { deviceEvents } from './device-events.js';
import type { QemuDomain } from './domain.js';
import type { LiveDomain } from './live-domain.js';
import { lifecycleAction } from './model.js';
import { paused, running } from './state.js';

/** What handling an event needs. */
export interface EventScene {
  readonly host: QemuHost;
  readonly domain: QemuDomain;
  readonly live: LiveDomain;
  /** Ends the process because the guest has ended: see stop.ts. */
  readonly end: (how: 'shutdown' | 'crashed') => void;
}

export type EventHandlers = {
  readonly [Name in keyof QmpEvents]?: (scene: EventScene, event: QmpEventOf<Name>) => void;
};

const lifecycle: EventHandlers = {
  STOP({ host, domain, live }) {
    // QEMU stops the CPUs of a guest that has shut down; that is not a pause.
    if (live.gotShutdown || domain.status.state !== DomainState.RUNNING) return;
    const reason = live.pausedReason ?? DomainPausedReason.UNKNOWN;
    live.pausedReason = undefined;
    domain.status = paused(reason);
    host.emitLifecycle(
      domain,
      DomainEventType.SUSPENDED,
      SUSPENDED_DETAIL[reason] ?? DomainEventSuspendedDetailType.PAUSED,
    );
    host.saveStatusLater(domain);
  },

  RESUME({ host, domain, live }) {
    if (domain.status.state !== DomainState.PAUSED) return;
    const reason = live.runningReason ?? DomainRunningReason.UNPAUSED;
    live.runningReason = undefined;
    domain.status = running(reason);
    const restored = reason === DomainRunningReason.RESTORED || reason === DomainRunningReason.FROM_SNAPSHOT;
    const { FROM_SNAPSHOT, UNPAUSED } = DomainEventResumedDetailType;
    host.emitLifecycle(domain, DomainEventType.RESUMED, restored ? FROM_SNAPSHOT : UNPAUSED);
    host.saveStatusLater(domain);
  },

  SHUTDOWN(scene, { data }) {
    const { host, domain, live } = scene;
    if (live.gotShutdown) return;
    if (data.reason === 'guest-panic') return;
    // The guest asks to be gone: unless it is to come back, or we ended it ourselves, we end the process.
    const reboot =
      live.fakeReboot || (!live.beingDestroyed && lifecycleAction(domain.def, 'on_poweroff') === 'restart');
    if (reboot && data.reason === 'guest-shutdown') {
      live.gotShutdown = true;
      restart(scene);
      return;
    }
    live.gotShutdown = true;
    domain.status = { state: DomainState.SHUTDOWN, reason: DomainShutdownReason.UNKNOWN };
    const detail = data.guest ? DomainEventShutdownDetailType.GUEST : DomainEventShutdownDetailType.HOST;
    host.emitLifecycle(domain, DomainEventType.SHUTDOWN, detail);
    scene.end('shutdown');
  },

  RESET({ host, domain }) {
    host.events.emit(DomainEventID.REBOOT, domain.uuid, { dom: domain.ref });
    // A guest that was paused by its crash starts anew.
    if (domain.status.state === DomainState.CRASHED) domain.status = paused(DomainPausedReason.CRASHED);
  },

  SUSPEND({ host, domain }) {
    if (domain.status.state !== DomainState.RUNNING) return;
    domain.status = { state: DomainState.PMSUSPENDED, reason: 0 };
    host.emitLifecycle(domain, DomainEventType.PMSUSPENDED, DomainEventPMSuspendedDetailType.MEMORY);
    host.events.emit(DomainEventID.PMSUSPEND, domain.uuid, { dom: domain.ref, reason: 0 });
    host.saveStatusLater(domain);
  },

  SUSPEND_DISK({ host, domain }) {
    host.emitLifecycle(domain, DomainEventType.PMSUSPENDED, DomainEventPMSuspendedDetailType.DISK);
    host.events.emit(DomainEventID.PMSUSPEND_DISK, domain.uuid, { dom: domain.ref, reason: 0 });
  },

  WAKEUP({ host, domain }) {
    if (domain.status.state !== DomainState.PMSUSPENDED) return;
    domain.status = running(DomainRunningReason.WAKEUP);
    host.emitLifecycle(domain, DomainEventType.STARTED, DomainEventStartedDetailType.WAKEUP);
    host.events.emit(DomainEventID.PMWAKEUP, domain.uuid, { dom: domain.ref, reason: 0 });
    host.saveStatusLater(domain);
  },

  GUEST_PANICKED(scene) {
    const { host, domain } = scene;
    if (domain.status.state !== DomainState.RUNNING && domain.status.state !== DomainState.PAUSED) return;
    domain.status = { state: DomainState.CRASHED, reason: 1 };
    host.emitLifecycle(domain, DomainEventType.CRASHED, DomainEventCrashedDetailType.PANICKED);
    host.saveStatusLater(domain);
    const action = lifecycleAction(domain.def, 'on_crash');
    if (action === 'restart' || action === 'coredump-restart') restart(scene);
    else if (action !== 'preserve') scene.end('crashed');
  },
};

const SUSPENDED_DETAIL: Readonly<Partial<Record<DomainPausedReason, DomainEventSuspendedDetailType>>> = {
  [DomainPausedReason.IOERROR]: DomainEventSuspendedDetailType.IOERROR,
  [DomainPausedReason.WATCHDOG]: DomainEventSuspendedDetailType.WATCHDOG,
};

/** virQEMU's fake reboot: the guest has shut down and starts again in the same process. */
function restart({ host, domain, live }: EventScene): void {
  live.fakeReboot = false;
  void domain.jobs
    .run('reboot', async () => {
      if (domain.live !== live) return;
      await live.monitor.execute('system_reset');
      live.gotShutdown = false;
      await live.monitor.execute('cont');
      domain.status = running(DomainRunningReason.BOOTED);
      await host.saveStatus(domain);
    })
    .catch((error: unknown) => host.log.error(`domain '${domain.name}' could not be restarted: ${String(error)}`));
}

const HANDLERS: EventHandlers = { ...lifecycle, ...deviceEvents };

/** Acts on what QEMU tells; events that this driver does not know are left alone. */
export function handleMonitorEvent(scene: EventScene, event: QmpEvent): void {
  if (scene.domain.live !== scene.live) return;
  const handler = HANDLERS[event.event] as ((scene: EventScene, event: QmpEvent) => void) | undefined;
  handler?.(scene, event);
}
