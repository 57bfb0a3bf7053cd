import { DomainShutoffReason, DomainState } from '@virtkit/core/util';
import type { DomainRef } from '@virtkit/core/driver';
import type { DomainDef } from '@virtkit/core/conf';
import { type CheckpointMoment, MomentList, type SnapshotMoment } from '@virtkit/core/driver';

/** File systems inside every guest of this driver. */
export const GUEST_MOUNTPOINTS = ['/', '/boot'] as const;

/** Polling of one IO thread, in nanoseconds. */
export interface IOThreadPolling {
  maxNs: bigint;
  grow: number;
  shrink: number;
}

/** Polling that a new IO thread has until it is told otherwise. */
export const DEFAULT_POLLING: Readonly<IOThreadPolling> = { maxNs: 32_768n, grow: 0, shrink: 0 };

/**
 * virDomainObj: one domain. Definitions are never changed in place: a change sets a new one, so that the live and the
 * stored definition, snapshots and saved images can share them.
 */
export class DomainObject {
  id = -1;
  persistent = false;
  autostart = false;
  /** A managed save image exists. */
  managedSave = false;
  state: number = DomainState.SHUTOFF;
  reason: number = DomainShutoffReason.UNKNOWN;
  readonly snapshots = new MomentList<SnapshotMoment>();
  readonly checkpoints = new MomentList<CheckpointMoment>();
  /** What the guest's clock says, in seconds and nanoseconds. */
  guestTime: { readonly seconds: bigint; readonly nseconds: number } = { seconds: 627_319_920n, nseconds: 0 };
  /** Which of {@link GUEST_MOUNTPOINTS} are frozen. */
  readonly frozen = new Set<string>();
  /** Of the IO threads that were added or told how to poll, whether or not the domain runs. */
  readonly polling = new Map<number, IOThreadPolling>();
  #live: DomainDef;
  #config: DomainDef | undefined;
  #ref: DomainRef;
  readonly #texts = new Map<number, string>();

  constructor(
    def: DomainDef,
    readonly uuid: string,
  ) {
    this.#live = def;
    this.#ref = { name: def.name, uuid, id: -1 };
  }

  get name(): string {
    return this.#live.name;
  }

  get active(): boolean {
    return this.id !== -1;
  }

  /** A reference that stays equal until name or id change. */
  get ref(): DomainRef {
    const ref = this.#ref;
    if (ref.id === this.id && ref.name === this.#live.name) return ref;
    return (this.#ref = { name: this.#live.name, uuid: this.uuid, id: this.id });
  }

  /** The definition of the running domain, or the stored one where it is not running. */
  get live(): DomainDef {
    return this.#live;
  }

  /** What the next start will use; kept for a running domain that is no longer persistent, too. */
  get config(): DomainDef {
    return this.#config ?? this.#live;
  }

  /** True for a running domain that becomes another definition when it stops. */
  get hasConfig(): boolean {
    return this.#config !== undefined;
  }

  setLive(def: DomainDef): void {
    this.#live = def;
    this.#texts.clear();
  }

  /** virDomainObjAssignDef: what a domain that is not running is, or becomes when it stops. */
  setConfig(def: DomainDef): void {
    if (this.active) this.#config = def;
    else this.#live = def;
    this.#texts.clear();
  }

  /** virDomainObjSetDefTransient: from now on the running definition goes its own way. */
  started(id: number, state: number, reason: number): void {
    this.id = id;
    this.state = state;
    this.reason = reason;
    if (this.persistent) this.#config = this.#config ?? this.#live;
    this.#texts.clear();
  }

  /** virDomainObjRemoveTransientDef */
  stopped(reason: number): void {
    this.id = -1;
    this.state = DomainState.SHUTOFF;
    this.reason = reason;
    if (this.#config !== undefined) this.#live = this.#config;
    this.#config = undefined;
    this.#texts.clear();
  }

  /** The text for `key` (format flags), made once and kept until the domain changes. */
  text(key: number, make: () => string): string {
    let text = this.#texts.get(key);
    if (text === undefined) this.#texts.set(key, (text = make()));
    return text;
  }
}
