import { ConnectFlags, DriverFeature, ErrorCode, ErrorDomain, LibvirtError, type XdrReader } from '@virtkit/core/util';
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
    const { target, callDeadline: deadline, signal } = options;
    const client = new RpcClient(await dial(target.endpoint, signal), options);
    const onAbort = (): void =>
      client.close(
        new LibvirtError(ErrorCode.OPERATION_ABORTED, ErrorDomain.RPC, 'opening the connection: the caller gave up'),
      );
    signal?.addEventListener('abort', onAbort, { once: true });
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
      // Asked and opened in one go: far daemons take their time.
      const [keepalive] = await Promise.all([
        session.call('connectSupportsFeature', [DriverFeature.PROGRAM_KEEPALIVE]).catch(() => undefined),
        session.call('connectOpen', [target.name, options.readOnly ? ConnectFlags.RO : 0]),
      ]);
      if (keepalive !== undefined && keepalive.values[0] !== 0)
        client.startKeepalive(options.keepaliveInterval, options.keepaliveCount);
      // A daemon that loses its hypervisor says so to those who asked; not all know how.
      session.call('connectRegisterCloseCallback', []).catch(() => undefined);
      return session;
    } catch (error) {
      client.close();
      throw LibvirtError.from(error);
    } finally {
      signal?.removeEventListener('abort', onAbort);
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
