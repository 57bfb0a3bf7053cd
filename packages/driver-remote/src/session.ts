import { ConnectFlags, DriverFeature, LibvirtError, type XdrReader } from '@virtkit/core/util';
import { authenticate } from './authenticate.js';
import type { Target } from './endpoint.js';
import type { RemoteOptions } from './options.js';
import { type Procedure, remote } from './protocol/index.js';
import { type Answer, RpcClient } from './rpc-client.js';
import { dial } from './transport/dial.js';

export interface SessionOptions extends RemoteOptions {
  readonly target: Target;
  readonly readOnly: boolean;
  readonly onEvent: (program: number, procedure: number, reader: XdrReader) => void;
  readonly onClose: (error: LibvirtError) => void;
  readonly signal?: AbortSignal | undefined;
}

/** An open connection to a daemon: dialled, authenticated, its hypervisor opened. */
export class Session {
  private constructor(
    readonly client: RpcClient,
    private readonly deadline: number,
  ) {}

  static async open(options: SessionOptions): Promise<Session> {
    const { target, callDeadline: deadline } = options;
    const socket = await dial(target.endpoint, options.signal);
    const client = new RpcClient(socket, options);
    try {
      await authenticate(client, {
        auth: target.auth,
        authFile: target.authFile,
        user: target.user,
        host: target.host,
        credentials: options.credentials,
        private: target.endpoint.kind !== 'tcp',
        deadline,
      });
      const session = new Session(client, deadline);
      const feature = async (number: number): Promise<boolean> =>
        (await session.call('connectSupportsFeature', [number]).catch(() => ({ values: [0] }))).values[0] !== 0;
      if (options.keepaliveInterval > 0 && (await feature(DriverFeature.PROGRAM_KEEPALIVE)))
        client.startKeepalive(options.keepaliveInterval, options.keepaliveCount);
      await session.call('connectOpen', [target.name, options.readOnly ? ConnectFlags.RO : 0]);
      return session;
    } catch (error) {
      client.close();
      throw LibvirtError.from(error);
    }
  }

  call(name: string, values: readonly unknown[], signal?: AbortSignal): Promise<Answer> {
    return this.invoke(remote.byName.get(name)!, values, signal);
  }

  invoke(procedure: Procedure, values: readonly unknown[], signal?: AbortSignal): Promise<Answer> {
    return this.client.call(procedure, values, this.deadline, signal);
  }

  /** Says goodbye, and hangs up whatever the daemon answers. */
  async close(): Promise<void> {
    await this.client.call(remote.byName.get('connectClose')!, [], 2000).catch(() => undefined);
    this.client.close();
  }
}
