import { spawn } from 'node:child_process';
import {
  DomainEventStartedDetailType,
  DomainEventStoppedDetailType,
  DomainEventType,
  DomainRunningReason,
  DomainShutoffReason,
  DomainState,
  ErrorCode,
} from '@virtkit/core/util';
import { ConsoleStream } from './console-stream.js';
import { fail } from './hello-host.js';

/** One domain: a definition (unless transient), and a process while it is active. */
export class HelloDomain {
  id = -1;
  state = DomainState.SHUTOFF;
  reason = DomainShutoffReason.UNKNOWN;
  console = undefined;
  #host;
  #child;
  #exited = Promise.resolve();
  #ending;

  constructor(host, config, persistent) {
    this.#host = host;
    this.active = config;
    this.definition = persistent ? config : undefined;
  }

  get name() {
    return (this.definition ?? this.active).name;
  }
  get uuid() {
    return this.active.uuid;
  }
  get isActive() {
    return this.#child !== undefined;
  }
  get ref() {
    return { name: this.name, uuid: this.uuid, id: this.id };
  }
  /** What runs, or else what is defined. */
  get config() {
    return this.isActive ? this.active : (this.definition ?? this.active);
  }

  needActive() {
    if (!this.isActive) throw fail(ErrorCode.OPERATION_INVALID, 'domain is not running');
    return this.#child;
  }

  async start() {
    if (this.isActive) throw fail(ErrorCode.OPERATION_INVALID, 'domain is already running');
    this.active = this.definition ?? this.active;
    const { init, initargs } = this.active;
    const child = spawn(init, initargs, { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    this.#child = child; // taken before the first wait: of two starts at once one wins
    this.#ending = DomainEventStoppedDetailType.SHUTDOWN;
    this.#exited = new Promise((resolve) => child.once('close', resolve));
    try {
      await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    } catch (cause) {
      this.#child = undefined;
      throw fail(ErrorCode.OPERATION_FAILED, `cannot run '${init}' of domain '${this.name}': ${cause.message}`);
    }
    this.console = new ConsoleStream(child);
    this.id = this.#host.newId();
    this.#become(DomainState.RUNNING, DomainRunningReason.BOOTED);
    this.#host.emit(this, DomainEventType.STARTED, DomainEventStartedDetailType.BOOTED);
    child.once('close', () => this.#ended());
  }

  #ended() {
    this.#child = undefined;
    this.console = undefined;
    this.id = -1;
    const destroyed = this.#ending === DomainEventStoppedDetailType.DESTROYED;
    this.#become(DomainState.SHUTOFF, destroyed ? DomainShutoffReason.DESTROYED : DomainShutoffReason.SHUTDOWN);
    if (this.definition === undefined) this.#host.domains.delete(this.uuid);
    this.#host.emit(this, DomainEventType.STOPPED, this.#ending);
  }

  /** `signal` is what ends a process at once, or asks it to. */
  async stop(signal) {
    const child = this.needActive();
    if (signal === 'SIGKILL') this.#ending = DomainEventStoppedDetailType.DESTROYED;
    child.kill(signal);
    if (signal === 'SIGKILL') await this.#exited;
  }

  pause(paused, reason) {
    this.needActive().kill(paused ? 'SIGSTOP' : 'SIGCONT');
    this.#become(paused ? DomainState.PAUSED : DomainState.RUNNING, reason);
    this.#host.emit(this, paused ? DomainEventType.SUSPENDED : DomainEventType.RESUMED, 0);
  }

  #become(state, reason) {
    this.state = state;
    this.reason = reason;
  }
}
