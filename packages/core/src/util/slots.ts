/**
 * A collection of what comes and goes often, in no order, each member with a number of its own while it is there.
 *
 * A Set or Map that lives long must not hold what lives short: its outgrown table refers to its successor, so once a full
 * collection has made the one old, everything that passes through the others outlives all scavenges until the next full
 * collection. That made opening and closing connections cost several times as much.
 */
export class Slots<T extends object> implements Iterable<T> {
  readonly #members: (T | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#members.length - this.#free.length;
  }

  /** Returns the number by which it is removed. */
  add(member: T): number {
    const slot = this.#free.pop() ?? this.#members.length;
    this.#members[slot] = member;
    return slot;
  }

  remove(slot: number): void {
    if (this.#members[slot] === undefined) return;
    this.#members[slot] = undefined;
    this.#free.push(slot);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const member of this.#members) if (member !== undefined) yield member;
  }
}
