/** Who can be asked to go on when there is room again. */
export interface Waiting {
  proceed(): void;
}

/**
 * How many calls of a server are in execution at the same time. There are no threads: a call that is answered at once takes
 * no place, and places are not kept ready. `min` and `priority` are what libvirt's administrators set, and only remembered.
 */
export class Workers {
  min = 5;
  priority = 5;
  #busy = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(public max: number) {}

  get busy(): number {
    return this.#busy;
  }

  /** Clients with calls that wait for a place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether another call may begin; if not, `who` is asked when one may. */
  mayBegin(who: Waiting): boolean {
    if (this.#busy < this.max) return true;
    this.#waiting.add(who);
    return false;
  }

  begin(): void {
    this.#busy++;
  }

  end(): void {
    this.#busy--;
    this.admit();
  }

  forget(who: Waiting): void {
    this.#waiting.delete(who);
  }

  /** To be called when there is more room than before. */
  admit(): void {
    for (const who of this.#waiting) {
      if (this.#busy >= this.max) return;
      this.#waiting.delete(who);
      who.proceed();
    }
  }
}
