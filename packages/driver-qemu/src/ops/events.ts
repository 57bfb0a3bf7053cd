import type { HypervisorDriver } from '@virtkit/core/driver';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { QemuSession } from './session.js';

/** Registration for events; they end with the connection. */
export const eventOps = (host: QemuHost, session: QemuSession) =>
  ({
    connectDomainEventRegisterAny: (ref, eventID, callback) => {
      const id = host.events.register(eventID, ref?.uuid ?? null, callback);
      session.registered(id);
      return id;
    },
    connectDomainEventDeregisterAny: (callbackID) => {
      session.deregistered(callbackID);
      if (!host.events.deregister(callbackID))
        throw invalidArg(`could not find event callback ${callbackID} for deletion`);
    },
  }) satisfies Partial<HypervisorDriver>;
