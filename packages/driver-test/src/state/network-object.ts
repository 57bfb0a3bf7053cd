import type { NetworkDef } from '@virtkit/core/conf';
import type { NetworkRef } from '@virtkit/core/driver';

/** virNetworkObj: one virtual network. */
export class NetworkObject {
  readonly uuid: string;
  readonly ref: NetworkRef;
  persistent = false;
  autostart = false;
  active = false;
  #def: NetworkDef;
  #config: NetworkDef | undefined;

  constructor(def: NetworkDef) {
    this.#def = def;
    this.uuid = def.uuid;
    this.ref = { name: def.name, uuid: def.uuid };
  }

  get name(): string {
    return this.ref.name;
  }

  get def(): NetworkDef {
    return this.#def;
  }

  /** What updates of the stored definition change. */
  get config(): NetworkDef {
    return this.#config ?? this.#def;
  }

  /** virNetworkObjAssignDef for a stored definition. A running network keeps the one that it runs with. */
  define(def: NetworkDef): void {
    this.persistent = true;
    if (this.active) this.#config = def;
    else {
      this.#def = def;
      this.#config = undefined;
    }
  }

  /** virNetworkObjAssignDef for a definition to run with. */
  start(def: NetworkDef): void {
    if (this.persistent) this.#config = this.config;
    this.#def = def;
    this.active = true;
  }

  setDef(def: NetworkDef): void {
    this.#def = def;
  }

  setConfig(def: NetworkDef): void {
    if (this.active) this.#config = def;
    else this.#def = def;
  }
}
