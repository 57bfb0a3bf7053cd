import {
  type CallContext,
  type ConnectionFactory,
  type ConnectionUri,
  DRIVER_OPTIONS,
  type DriverConnection,
  inject,
  injectable,
} from '@virtkit/core/driver';
import { ConnectFlags } from '@virtkit/core/util';
import { forwardedTarget, targetOf } from './endpoint.js';
import { remoteOptions } from './options.js';
import { RemoteConnection } from './remote-connection.js';

/** Serves any URI by a daemon: those with a transport or a host, and local ones for which a daemon listens here. */
@injectable()
export class RemoteDriver implements ConnectionFactory {
  constructor(@inject(DRIVER_OPTIONS) private readonly given: Readonly<Record<string, unknown>>) {}

  async connectOpen(uri: ConnectionUri, flags: number, call: CallContext): Promise<DriverConnection | undefined> {
    const options = remoteOptions(this.given);
    const { local } = options;
    const isLocal = uri.host === '' && uri.transport === undefined;
    if (isLocal && local === false) return undefined;
    const readOnly = (flags & ConnectFlags.RO) !== 0;
    const target =
      isLocal && typeof local === 'object' ? forwardedTarget(uri, local, readOnly) : targetOf(uri, readOnly);
    if (target === undefined) return undefined;
    return new RemoteConnection(target, options, readOnly).open(call.signal);
  }
}
