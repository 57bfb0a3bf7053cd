import { dirname } from 'node:path';
import {
  type CallContext,
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  inject,
  injectable,
} from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { invalidArg } from './errors.js';
import { eventRegistrations } from './event-registrations.js';
import { FaultPlan } from './faults/fault-plan.js';
import { faultsFromUri } from './faults/uri-faults.js';
import { describeNode, type NodeUser, readNodeFile } from './node/describe-node.js';
import { populate } from './node/populate.js';
import { TestNode } from './state/test-node.js';
import { createTables, disturbedTables, type Tables } from './tables.js';
import { TEST_HOST, type TestHost } from './test-host.js';

const DEFAULT_PATH = '/default';

/** testConnectOpen: `test:///default`, whose node all connections share, or `test:///PATH` with a node of its own. */
@injectable()
export class TestConnectionFactory implements ConnectionFactory {
  constructor(@inject(TEST_HOST) private readonly host: TestHost) {}

  connectOpen(uri: ConnectionUri, _flags: number, _call: CallContext): DriverConnection | undefined {
    if (uri.scheme !== 'test') return undefined;
    if (uri.path === '' || uri.path === '/') throw invalidArg('testOpen: supply a path or use test:///default');
    const plan = new FaultPlan(faultsFromUri(uri.params), this.host.clock);
    return uri.path === DEFAULT_PATH ? this.#openDefault(plan) : this.#openFile(uri, plan);
  }

  #openDefault(plan: FaultPlan): DriverConnection {
    const { node, tables } = this.host.acquireDefault();
    return this.#connection(node, tables, plan, () => this.host.releaseDefault());
  }

  #openFile(uri: ConnectionUri, plan: FaultPlan): DriverConnection {
    const description = describeNode(readNodeFile(uri.path), dirname(uri.path));
    if (description.users.length > 0) this.#authenticate(description.users, uri);
    const node = new TestNode(this.host.clock);
    populate(node, description);
    return this.#connection(node, createTables(node), plan, () => undefined);
  }

  #connection(node: TestNode, tables: Tables, own: FaultPlan, release: () => void): DriverConnection {
    const served = disturbedTables(disturbedTables(tables, this.host.faults), own);
    const events = eventRegistrations(node.events);
    let open = true;
    return {
      hypervisor: extended(served.hypervisor, events.hypervisor),
      network: extended(served.network, events.network),
      storage: extended(served.storage, events.storage),
      interface: served.interface,
      nodeDevice: extended(served.nodeDevice, events.nodeDevice),
      close() {
        if (!open) return;
        open = false;
        events.close();
        release();
      },
    };
  }

  #authenticate(users: readonly NodeUser[], uri: ConnectionUri): void {
    const { credentials } = this.host.options;
    const name = uri.user ?? credentials?.user;
    if (name === undefined)
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        ErrorDomain.AUTH,
        `Missing authentication credentials: ${uri.path} names the users who may open it; give one in the driver's option "credentials"`,
      );
    const user = users.find((known) => known.name === name);
    if (user !== undefined && (user.password === undefined || user.password === credentials?.password)) return;
    throw new LibvirtError(
      ErrorCode.AUTH_FAILED,
      ErrorDomain.TEST,
      `authentication failed, see test XML for the correct username/password`,
    );
  }
}

/** A table with more in it; what it had is looked up, not copied, for every connection. */
const extended = <T extends object, U extends object>(table: T, more: U): T & U =>
  Object.assign(Object.create(table) as T, more);
