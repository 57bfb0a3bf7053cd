/** One pair of filter bits of a list function: objects with a trait, and those without. */
export type TraitFilter<T> = readonly [with_: number, without: number, trait: (object: T) => boolean];

/** virConnectListAll*: within a group bits widen the choice, between groups they narrow it; no bit of a group means all. */
export function traitFilter<T>(flags: number, traits: readonly TraitFilter<T>[]): (object: T) => boolean {
  const asked = traits.filter(([yes, no]) => (flags & (yes | no)) !== 0 && (flags & (yes | no)) !== (yes | no));
  return (object) => {
    for (const [yes, , trait] of asked) if (trait(object) !== ((flags & yes) !== 0)) return false;
    return true;
  };
}
