import type { Domain, EventSource } from '@virtkit/core';
import { DomainEventID } from '@virtkit/core/util';
import type { Handler } from './call.js';
import type { Session } from './session.js';

const register =
  (source: EventSource): Handler<Session> =>
  async ({ events, connect }, [eventID, ref]) => [
    await events.register(connect, source, ref as object | null, eventID as number),
  ];

const deregister =
  (source: EventSource): Handler<Session> =>
  async ({ events, connect }, [callbackID]) => {
    await events.deregister(connect, source, callbackID as number);
    return [];
  };

/** Raises where no connection is open. */
const requireOpen = (session: Session): unknown => session.connect;

export const eventHandlers: Readonly<Record<string, Handler<Session>>> = {
  'remote.connectDomainEventCallbackRegisterAny': register('domain'),
  'remote.connectDomainEventCallbackDeregisterAny': deregister('domain'),
  'remote.connectNetworkEventRegisterAny': register('network'),
  'remote.connectNetworkEventDeregisterAny': deregister('network'),
  'remote.connectStoragePoolEventRegisterAny': register('storagePool'),
  'remote.connectStoragePoolEventDeregisterAny': deregister('storagePool'),
  'remote.connectNodeDeviceEventRegisterAny': register('nodeDevice'),
  'remote.connectNodeDeviceEventDeregisterAny': deregister('nodeDevice'),
  'remote.connectSecretEventRegisterAny': register('secret'),
  'remote.connectSecretEventDeregisterAny': deregister('secret'),
  'qemu.connectDomainMonitorEventRegister': async ({ events, connect }, [dom, event, flags]) => [
    await events.registerMonitor(connect, dom as Domain['ref'] | null, event as string | null, flags as number),
  ],
  'qemu.connectDomainMonitorEventDeregister': async ({ connect }, [callbackID]) => {
    await connect.qemuMonitorEventDeregister(callbackID as number);
    return [];
  },
  'remote.connectRegisterCloseCallback': ({ events, connect }) => {
    events.watchClose(connect);
    return [];
  },
  'remote.connectUnregisterCloseCallback': (session) => {
    requireOpen(session);
    session.events.unwatchClose();
    return [];
  },
  // The first generation, for clients of before 2013.
  'remote.connectDomainEventRegister': async ({ events, connect }) => {
    await events.registerLegacy(connect, DomainEventID.LIFECYCLE);
    return [0];
  },
  'remote.connectDomainEventDeregister': async ({ events, connect }) => {
    await events.deregisterLegacy(connect, DomainEventID.LIFECYCLE);
    return [0];
  },
  'remote.connectDomainEventRegisterAny': async ({ events, connect }, [eventID]) => {
    await events.registerLegacy(connect, eventID as number);
    return [];
  },
  'remote.connectDomainEventDeregisterAny': async ({ events, connect }, [eventID]) => {
    await events.deregisterLegacy(connect, eventID as number);
    return [];
  },
};
