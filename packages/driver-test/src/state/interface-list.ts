import type { HostInterfaceDef } from '@virtkit/core/conf';
import type { InterfaceRef } from '@virtkit/core/driver';

/** virInterfaceObj: one interface of the host. */
export class InterfaceObject {
  active = false;
  #def: HostInterfaceDef;
  #ref: InterfaceRef | undefined;

  constructor(def: HostInterfaceDef) {
    this.#def = def;
  }

  get def(): HostInterfaceDef {
    return this.#def;
  }

  set def(def: HostInterfaceDef) {
    this.#def = def;
    this.#ref = undefined;
  }

  get ref(): InterfaceRef {
    return (this.#ref ??= { name: this.#def.name, mac: this.#def.mac?.address ?? '' });
  }
}

/** The interfaces of a host, with the state to which a transaction can go back. */
export class InterfaceList implements Iterable<InterfaceObject> {
  #byName = new Map<string, InterfaceObject>();
  #saved: readonly HostInterfaceDef[] | undefined;

  [Symbol.iterator](): IterableIterator<InterfaceObject> {
    return this.#byName.values();
  }

  get(name: string): InterfaceObject | undefined {
    return this.#byName.get(name);
  }

  /** A new definition; an interface that is there already keeps its state. */
  define(def: HostInterfaceDef): InterfaceObject {
    let object = this.#byName.get(def.name);
    if (object === undefined) this.#byName.set(def.name, (object = new InterfaceObject(def)));
    else object.def = def;
    return object;
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  clear(): void {
    this.#byName.clear();
    this.#saved = undefined;
  }

  get inTransaction(): boolean {
    return this.#saved !== undefined;
  }

  begin(): void {
    this.#saved = Array.from(this, ({ def }) => def);
  }

  commit(): void {
    this.#saved = undefined;
  }

  /** Definitions come back; as in libvirt's driver, what was up is not brought up again. */
  rollback(): void {
    this.#byName = new Map(this.#saved?.map((def) => [def.name, new InterfaceObject(def)]));
    this.#saved = undefined;
  }
}
