import type { ConnectionState } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError, rpcError, xdrCodec, type XdrReader } from '@virtkit/core/util';
import type { Target } from './endpoint.js';
import type { RemoteOptions } from './options.js';
import { type Procedure, remote } from './protocol/index.js';
import type { Answer } from './rpc-client.js';
import { Session } from './session.js';

/** What is done with the session as it comes and goes. */
export interface SessionWatch {
  onEvent(program: number, procedure: number, reader: XdrReader): void;
  /** The daemon is gone, and forgot us. */
  onLost(): void;
  /** A new session, which nobody uses yet. Raising gives it up. */
  onRegained(session: Session): Promise<void>;
  onState(state: ConnectionState): void;
}

const FIRST_PAUSE = 100;
const CLOSED_EVENT = remote.byName.get('connectEventConnectionClosed')!;

/** The session with a daemon, opened again when it is lost. Calls of the meantime wait for it. */
export class SessionKeeper {
  readonly #target: Target;
  readonly #options: RemoteOptions;
  readonly #readOnly: boolean;
  readonly #watch: SessionWatch;
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #reconnecting: Promise<Session> | undefined;

  constructor(target: Target, options: RemoteOptions, readOnly: boolean, watch: SessionWatch) {
    this.#target = target;
    this.#options = options;
    this.#readOnly = readOnly;
    this.#watch = watch;
  }

  /** The session, unless it is lost. */
  get session(): Session | undefined {
    return this.#session;
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    this.#session = await this.#dial(signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#session?.close();
  }

  invoke(procedure: Procedure, values: readonly unknown[], signal?: AbortSignal): Promise<Answer> {
    const session = this.#session;
    if (session !== undefined) return session.invoke(procedure, values, signal);
    return this.#regained(procedure, signal).then((regained) => regained.invoke(procedure, values, signal));
  }

  async #dial(signal?: AbortSignal): Promise<Session> {
    let own: Session | undefined = undefined as Session | undefined;
    own = await Session.open({
      ...this.#options,
      target: this.#target,
      readOnly: this.#readOnly,
      signal,
      onEvent: (program, procedure, reader) => {
        if (program === remote.number && procedure === CLOSED_EVENT.number) own?.client.close(hypervisorLost(reader));
        else this.#watch.onEvent(program, procedure, reader);
      },
      onClose: (error) => {
        if (own !== undefined && own === this.#session) this.#onLost(error);
      },
    });
    return own;
  }

  #onLost(error: LibvirtError): void {
    this.#session = undefined;
    if (this.#closing.signal.aborted) return;
    this.#watch.onLost();
    if (this.#options.reconnect === 0) return this.#watch.onState({ state: 'closed', error });
    this.#reconnecting = this.#reconnect();
    // Nobody may be waiting when it is given up.
    this.#reconnecting.catch(() => undefined);
    this.#watch.onState({ state: 'reconnecting', error });
  }

  async #reconnect(): Promise<Session> {
    const { signal } = this.#closing;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, this.#options.reconnect)) {
      await new Promise<void>((resolve) => setTimeout(resolve, pause).unref());
      if (signal.aborted) throw gone('was closed');
      const session = await this.#dial(signal).catch(() => undefined);
      if (session === undefined) continue;
      const restored = await this.#watch.onRegained(session).then(
        () => session.client.closed === undefined,
        () => false,
      );
      if (restored && !signal.aborted) {
        this.#session = session;
        this.#reconnecting = undefined;
        this.#watch.onState({ state: 'connected', error: undefined });
        return session;
      }
      session.client.close();
    }
  }

  /** Waits until the daemon is back, no longer than a call may take. */
  #regained(procedure: Procedure, signal: AbortSignal | undefined): Promise<Session> {
    const reconnecting = this.#reconnecting;
    if (reconnecting === undefined) return Promise.reject(gone('is lost'));
    return new Promise((resolve, reject) => {
      const { callDeadline } = this.#options;
      const timer = setTimeout(
        () =>
          settle(() =>
            reject(
              new LibvirtError(
                ErrorCode.OPERATION_TIMEOUT,
                ErrorDomain.RPC,
                `${procedure.name}: the daemon is gone, and has not come back within ${callDeadline} ms`,
              ),
            ),
          ),
        Math.min(callDeadline || 0x7fff_ffff, 0x7fff_ffff),
      );
      const onAbort = (): void =>
        settle(() =>
          reject(
            new LibvirtError(
              ErrorCode.OPERATION_ABORTED,
              ErrorDomain.RPC,
              `${procedure.name}: the caller gave up waiting for the daemon to come back`,
            ),
          ),
        );
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        how();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      reconnecting.then(
        (session) => settle(() => resolve(session)),
        (error: unknown) => settle(() => reject(LibvirtError.from(error))),
      );
    });
  }
}

const gone = (what: string): LibvirtError => rpcError(`the connection to the daemon ${what}`);

/** virConnectCloseReason in words. */
const REASONS = ['an error', 'the end of its connection', 'a keepalive timeout', 'a request to close'];

function hypervisorLost(reader: XdrReader): LibvirtError {
  const { reason } = xdrCodec(CLOSED_EVENT.args!).decode(reader) as { reason: number };
  return rpcError(`the daemon lost its way to the hypervisor: ${REASONS[reason] ?? `reason ${reason}`}`);
}
