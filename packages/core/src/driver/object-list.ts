import { ErrorCode, type ErrorDomain, LibvirtError } from '../util/index.js';

/** What is found by name and by UUID. */
export interface Identified {
  readonly name: string;
  readonly uuid: string;
}

/** virDomainObjList and its like: objects by UUID and by name, in the order in which they came. */
export class ObjectList<T extends Identified> implements Iterable<T> {
  readonly #byUuid = new Map<string, T>();
  readonly #byName = new Map<string, T>();

  /** `kind` and `domain` are for messages. */
  constructor(
    readonly kind: string,
    readonly domain: ErrorDomain,
  ) {}

  get size(): number {
    return this.#byUuid.size;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#byUuid.values();
  }

  byUuid(uuid: string): T | undefined {
    return this.#byUuid.get(uuid);
  }

  byName(name: string): T | undefined {
    return this.#byName.get(name);
  }

  add(object: T): void {
    this.#byUuid.set(object.uuid, object);
    this.#byName.set(object.name, object);
  }

  remove(object: T): void {
    this.#byUuid.delete(object.uuid);
    this.#byName.delete(object.name);
  }

  clear(): void {
    this.#byUuid.clear();
    this.#byName.clear();
  }

  /** The index follows an object that got another name. */
  renamed(object: T, oldName: string): void {
    this.#byName.delete(oldName);
    this.#byName.set(object.name, object);
  }

  /**
   * The object that a definition with this name and UUID would replace, or undefined where it is new. Raises
   * OPERATION_FAILED where only one of the two is taken.
   */
  match(name: string, uuid: string): T | undefined {
    const same = this.#byUuid.get(uuid);
    if (same !== undefined) {
      if (same.name !== name) throw this.#failed(`${this.kind} '${same.name}' is already defined with uuid ${uuid}`);
      return same;
    }
    const other = this.#byName.get(name);
    if (other !== undefined) throw this.#failed(`${this.kind} '${name}' already exists with uuid ${other.uuid}`);
    return undefined;
  }

  #failed(detail: string): LibvirtError {
    return new LibvirtError(ErrorCode.OPERATION_FAILED, this.domain, detail);
  }
}
