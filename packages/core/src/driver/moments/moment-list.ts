/** A snapshot or checkpoint in the tree of its domain. */
export interface Moment {
  readonly name: string;
  /** Name of the parent; undefined, or naming one that is gone, for roots. */
  parent: string | undefined;
}

/** virDomainMomentObjList: the snapshots or checkpoints of one domain as a forest, and which of them is current. */
export class MomentList<T extends Moment> implements Iterable<T> {
  readonly #byName = new Map<string, T>();
  readonly #children = new Map<string | undefined, Set<T>>();
  current: T | undefined;

  get size(): number {
    return this.#byName.size;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#byName.values();
  }

  get(name: string): T | undefined {
    return this.#byName.get(name);
  }

  add(moment: T): void {
    this.#byName.set(moment.name, moment);
    this.#childrenOf(moment.parent).add(moment);
  }

  remove(moment: T): void {
    this.#byName.delete(moment.name);
    this.#childrenOf(moment.parent).delete(moment);
    if (this.current === moment) this.current = undefined;
  }

  /** Gives `moment` another parent. */
  reparent(moment: T, parent: string | undefined): void {
    this.#childrenOf(moment.parent).delete(moment);
    moment.parent = parent;
    this.#childrenOf(parent).add(moment);
  }

  parentOf(moment: T): T | undefined {
    return moment.parent === undefined ? undefined : this.#byName.get(moment.parent);
  }

  /** Those without parent. */
  roots(): T[] {
    return [...this].filter((moment) => this.parentOf(moment) === undefined);
  }

  children(moment: T): T[] {
    return [...(this.#children.get(moment.name) ?? [])];
  }

  hasChildren(moment: T): boolean {
    return (this.#children.get(moment.name)?.size ?? 0) > 0;
  }

  /** All below `moment`, parents before their children. */
  descendants(moment: T): T[] {
    const found: T[] = [];
    for (const child of this.children(moment)) found.push(child, ...this.descendants(child));
    return found;
  }

  #childrenOf(name: string | undefined): Set<T> {
    let set = this.#children.get(name);
    if (set === undefined) this.#children.set(name, (set = new Set()));
    return set;
  }
}
