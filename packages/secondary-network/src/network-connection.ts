import { type DriverConnection, networkEventOps, Registrations, withFlagChecks } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import type { NetworkList } from './network-list.js';
import { networkOps } from './ops/network-ops.js';
import { portOps } from './ops/port-ops.js';

const ACCEPTED = {
  connectListAllNetworks: 0x3f,
  networkDefineXMLFlags: 0x1,
  networkCreateXMLFlags: 0x1,
  networkGetXMLDesc: 0x1,
  networkUpdate: 0x3,
  networkPortCreateXML: 0x3,
};

/** The tables of a connection to one scope. */
export function networkConnection(list: NetworkList): DriverConnection {
  const registrations = new Registrations(list.events, ErrorDomain.NETWORK);
  const table = { ...networkOps(list), ...portOps(list), ...networkEventOps(registrations) };
  return {
    network: withFlagChecks(table, ACCEPTED, ErrorDomain.NETWORK),
    close: () => registrations.close(),
  };
}
