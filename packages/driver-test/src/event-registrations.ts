import {
  domainEventOps,
  networkEventOps,
  nodeDeviceEventOps,
  Registrations,
  storagePoolEventOps,
} from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import type { NodeEvents } from './state/events.js';

/** What a connection adds to the tables of its node: its own event callbacks. */
export function eventRegistrations(events: NodeEvents) {
  const domain = new Registrations(events.domain, ErrorDomain.TEST);
  const network = new Registrations(events.network, ErrorDomain.TEST);
  const storagePool = new Registrations(events.storagePool, ErrorDomain.TEST);
  const nodeDevice = new Registrations(events.nodeDevice, ErrorDomain.TEST);
  return {
    hypervisor: domainEventOps(domain),
    network: networkEventOps(network),
    storage: storagePoolEventOps(storagePool),
    nodeDevice: nodeDeviceEventOps(nodeDevice),
    close(): void {
      for (const registrations of [domain, network, storagePool, nodeDevice]) registrations.close();
    },
  };
}
