import { ObjectList, type DomainRef } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { noDomain } from '../errors.js';
import type { DomainObject } from './domain-object.js';

/** virDomainObjList: domains by UUID, name and, while they run, id. */
export class DomainList extends ObjectList<DomainObject> {
  readonly #byId = new Map<number, DomainObject>();
  #nextId = 1;

  constructor() {
    super('domain', ErrorDomain.DOMAIN);
  }

  byId(id: number): DomainObject | undefined {
    return this.#byId.get(id);
  }

  /** The domain behind a reference; NO_DOMAIN where it is gone. */
  of({ uuid, name }: DomainRef): DomainObject {
    const dom = this.byUuid(uuid);
    if (dom === undefined) throw noDomain(`no domain with matching uuid '${uuid}' (${name})`);
    return dom;
  }

  started(dom: DomainObject, state: number, reason: number): void {
    const id = this.#nextId++;
    dom.started(id, state, reason);
    this.#byId.set(id, dom);
  }

  stopped(dom: DomainObject, reason: number): void {
    this.#byId.delete(dom.id);
    dom.stopped(reason);
  }

  override remove(dom: DomainObject): void {
    this.#byId.delete(dom.id);
    super.remove(dom);
  }

  override clear(): void {
    this.#byId.clear();
    this.#nextId = 1;
    super.clear();
  }
}
