import {
  DomainEventGraphicsAddressType,
  DomainEventGraphicsPhase,
  DomainEventID,
  DomainEventIOErrorAction,
  DomainEventTrayChangeReason,
  DomainEventWatchdogAction,
  DomainPausedReason,
} from '@virtkit/core/util';
import type { QmpEventOf } from '../qmp/index.js';
import { channelChanged } from '../agent/index.js';
import { blockJobChanged } from '../block-jobs/index.js';
import { deviceRemoved } from '../hotplug/index.js';
import { diskByQemuId } from './model.js';
import type { EventHandlers, EventScene } from './monitor-events.js';

const WATCHDOG_ACTIONS = {
  none: DomainEventWatchdogAction.NONE,
  pause: DomainEventWatchdogAction.PAUSE,
  reset: DomainEventWatchdogAction.RESET,
  poweroff: DomainEventWatchdogAction.POWEROFF,
  shutdown: DomainEventWatchdogAction.SHUTDOWN,
  debug: DomainEventWatchdogAction.DEBUG,
  'inject-nmi': DomainEventWatchdogAction.INJECTNMI,
} as const;

const IO_ERROR_ACTIONS = {
  ignore: DomainEventIOErrorAction.NONE,
  report: DomainEventIOErrorAction.REPORT,
  stop: DomainEventIOErrorAction.PAUSE,
} as const;

const FAMILIES = {
  ipv4: DomainEventGraphicsAddressType.IPV4,
  ipv6: DomainEventGraphicsAddressType.IPV6,
  unix: DomainEventGraphicsAddressType.UNIX,
  vsock: DomainEventGraphicsAddressType.UNIX,
  unknown: DomainEventGraphicsAddressType.UNIX,
} as const;

/** What happens to a running guest's devices. */
export const deviceEvents: EventHandlers = {
  WATCHDOG({ host, domain, live }, { data }) {
    if (data.action === 'pause') live.pausedReason = DomainPausedReason.WATCHDOG;
    host.events.emit(DomainEventID.WATCHDOG, domain.uuid, { dom: domain.ref, action: WATCHDOG_ACTIONS[data.action] });
  },

  RTC_CHANGE({ host, domain }, { data }) {
    host.events.emit(DomainEventID.RTC_CHANGE, domain.uuid, { dom: domain.ref, offset: BigInt(data.offset) });
  },

  BALLOON_CHANGE({ host, domain, live }, { data }) {
    live.balloon = Math.floor(data.actual / 1024);
    host.events.emit(DomainEventID.BALLOON_CHANGE, domain.uuid, { dom: domain.ref, actual: BigInt(live.balloon) });
    host.saveStatusLater(domain);
  },

  BLOCK_IO_ERROR({ host, domain, live }, { data }) {
    const disk = diskByQemuId(domain.def, data.device, data['node-name']);
    const action = IO_ERROR_ACTIONS[data.action];
    if (data.action === 'stop') live.pausedReason = DomainPausedReason.IOERROR;
    const event = { dom: domain.ref, srcPath: disk?.path ?? '', devAlias: disk?.alias ?? '', action };
    host.events.emit(DomainEventID.IO_ERROR, domain.uuid, event);
    const reason = data.nospace === true ? 'enospc' : '';
    host.events.emit(DomainEventID.IO_ERROR_REASON, domain.uuid, { ...event, reason });
  },

  JOB_STATUS_CHANGE({ host, domain, live }, { data }) {
    blockJobChanged(host, domain, live, data);
  },

  BLOCK_WRITE_THRESHOLD({ host, domain }, { data }) {
    const disk = diskByQemuId(domain.def, '', data['node-name']);
    const target = disk?.target;
    if (target === undefined) return;
    host.events.emit(DomainEventID.BLOCK_THRESHOLD, domain.uuid, {
      dom: domain.ref,
      dev: target,
      path: disk?.path ?? null,
      threshold: BigInt(data['write-threshold']),
      excess: BigInt(data['amount-exceeded']),
    });
  },

  DEVICE_TRAY_MOVED({ host, domain }, { data }) {
    const disk = diskByQemuId(domain.def, data.id);
    if (disk === undefined) return;
    const reason = data['tray-open'] ? DomainEventTrayChangeReason.OPEN : DomainEventTrayChangeReason.CLOSE;
    host.events.emit(DomainEventID.TRAY_CHANGE, domain.uuid, { dom: domain.ref, devAlias: disk.alias, reason });
  },

  VSERPORT_CHANGE({ host, domain, live }, { data }) {
    channelChanged(host, domain, live, data.id, data.open);
  },

  DEVICE_DELETED({ host, domain, live }, { data }) {
    if (data.device !== undefined) void deviceRemoved(host, domain, live, data.device);
  },

  DEVICE_UNPLUG_GUEST_ERROR({ host, domain }, { data }) {
    if (data.device === undefined) return;
    host.events.emit(DomainEventID.DEVICE_REMOVAL_FAILED, domain.uuid, { dom: domain.ref, devAlias: data.device });
  },

  VNC_CONNECTED: (scene, { data }) => graphics(scene, DomainEventGraphicsPhase.CONNECT, data),
  VNC_INITIALIZED: (scene, { data }) => graphics(scene, DomainEventGraphicsPhase.INITIALIZE, data),
  VNC_DISCONNECTED: (scene, { data }) => graphics(scene, DomainEventGraphicsPhase.DISCONNECT, data),
};

function graphics(
  { host, domain }: EventScene,
  phase: DomainEventGraphicsPhase,
  { server, client }: QmpEventOf<'VNC_CONNECTED'>['data'],
): void {
  const address = ({ family, host: node, service }: typeof server) => ({ family: FAMILIES[family], node, service });
  const subject = [
    ...(client.x509_dname === undefined ? [] : [{ type: 'x509dname', name: client.x509_dname }]),
    ...(client.sasl_username === undefined ? [] : [{ type: 'saslUsername', name: client.sasl_username }]),
  ];
  host.events.emit(DomainEventID.GRAPHICS, domain.uuid, {
    dom: domain.ref,
    phase,
    local: address(server),
    remote: address(client),
    authScheme: server.auth ?? '',
    subject,
  });
}
