import {
  COMMAND_RUNNER,
  type CommandRunner,
  type ConnectionFactory,
  type ConnectionUri,
  DRIVER_OPTIONS,
  type DriverConnection,
  HOST_FS,
  type HostFs,
  inject,
  injectable,
  type InjectionToken,
  LOG,
  type Log,
  Registrations,
  ScopedStates,
  scopeOfUri,
  STATE_DIRS,
  type StateDirs,
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
  constructor(
    @inject(STATE_DIRS) dirs: StateDirs,
    @inject(LOG) log: Log,
    @inject(COMMAND_RUNNER) commands: CommandRunner,
    @inject(HOST_FS) hostFs: HostFs,
    @inject(DRIVER_OPTIONS) options: Readonly<Record<string, unknown>>,
  ) {
    super({
      name: 'network',
      domain: ErrorDomain.NETWORK,
      dirs,
      options,
      create: (own) => new NetworkList({ dirs: own, log, commands, hostFs }),
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
