/** A set of small integers, the indices of features in a map. Operations give new sets; `add` and `delete` change it. */
export class FeatureSet {
  private constructor(private readonly words: Uint32Array) {}

  static of(size: number, members: Iterable<number> = []): FeatureSet {
    const set = new FeatureSet(new Uint32Array((size + 31) >>> 5));
    for (const member of members) set.add(member);
    return set;
  }

  add(index: number): this {
    this.words[index >>> 5]! |= 1 << (index & 31);
    return this;
  }

  delete(index: number): this {
    this.words[index >>> 5]! &= ~(1 << (index & 31));
    return this;
  }

  has(index: number): boolean {
    return ((this.words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  copy(): FeatureSet {
    return new FeatureSet(this.words.slice());
  }

  plus(other: FeatureSet): FeatureSet {
    return new FeatureSet(this.words.map((word, i) => word | other.words[i]!));
  }

  minus(other: FeatureSet): FeatureSet {
    return new FeatureSet(this.words.map((word, i) => word & ~other.words[i]!));
  }

  and(other: FeatureSet): FeatureSet {
    return new FeatureSet(this.words.map((word, i) => word & other.words[i]!));
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  isSubsetOf(other: FeatureSet): boolean {
    return this.words.every((word, i) => (word & ~other.words[i]!) === 0);
  }

  get size(): number {
    let count = 0;
    for (let word of this.words) for (; word !== 0; word &= word - 1) count++;
    return count;
  }

  /** The members, ascending: the order in which libvirt lists features. */
  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.words.length; i++) {
      for (let word = this.words[i]!; word !== 0; word &= word - 1) yield i * 32 + (31 - Math.clz32(word & -word));
    }
  }
}
