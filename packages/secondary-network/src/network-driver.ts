import {
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  inject,
  injectable,
  type InjectionToken,
  Registrations,
  ScopedStates,
  scopeOfUri,
  STATE_SERVICES,
  type StateServices,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { NetworkList } from './network-list.js';
import { networkOps } from './ops/network-ops.js';
import { portOps } from './ops/port-ops.js';

/** Host scope: the networks of all scopes. */
export const NETWORK_STATES: InjectionToken<NetworkStates> = Symbol.for('@virtkit/secondary-network:NetworkStates');

@injectable()
export class NetworkStates extends ScopedStates<NetworkList> {
  constructor(@inject(STATE_SERVICES) services: StateServices) {
    super(services, {
      name: 'network',
      domain: ErrorDomain.NETWORK,
      create: (own) => new NetworkList(own),
    });
  }
}

const ACCEPTED = {
  connectListAllNetworks: 0x3f,
  networkDefineXMLFlags: 0x1,
  networkCreateXMLFlags: 0x1,
  networkGetXMLDesc: 0x1,
  networkUpdate: 0x3,
  networkPortCreateXML: 0x3,
};

/** Opens network:///system, network:///session and network:///embed?root=DIR. */
@injectable()
export class NetworkConnectionFactory implements ConnectionFactory {
  constructor(@inject(NETWORK_STATES) private readonly states: NetworkStates) {}

  async connectOpen(uri: ConnectionUri): Promise<DriverConnection> {
    const list = await this.states.state(scopeOfUri(uri, ErrorDomain.NETWORK));
    const registrations = new Registrations(list.events, ErrorDomain.NETWORK);
    const table = {
      ...networkOps(list),
      ...portOps(list),
      connectNetworkEventRegisterAny: (net, eventID, callback) =>
        registrations.register(eventID, net?.uuid ?? null, callback),
      connectNetworkEventDeregisterAny: (id) => registrations.deregister(id),
    } satisfies NonNullable<DriverConnection['network']>;
    return {
      network: withFlagChecks(table, ACCEPTED, ErrorDomain.NETWORK),
      close: () => registrations.close(),
    };
  }
}
