import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { Moment, MomentList } from './moment-list.js';

const invalid = (detail: string): LibvirtError => new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, detail);

/** virDomainMomentCheckCycles: the parent that a description names must exist and not be below what it describes. */
export function checkParent<T extends Moment>(moments: MomentList<T>, name: string, parent: string | undefined): void {
  if (parent === undefined) return;
  if (parent === name) throw invalid(`cannot set moment ${name} as its own parent`);
  let at = moments.get(parent);
  if (at === undefined) throw invalid(`parent ${parent} for moment ${name} not found`);
  for (; at !== undefined; at = moments.parentOf(at))
    if (at.name === name) throw invalid(`parent ${parent} would create cycle to ${name}`);
}

/** Names are unique within a domain. */
export function requireFree<T extends Moment>(moments: MomentList<T>, name: string): void {
  if (moments.get(name) !== undefined)
    throw new LibvirtError(ErrorCode.OPERATION_FAILED, ErrorDomain.DOMAIN, `domain moment ${name} already exists`);
}

/** Removes one moment; its children become its parent's. */
export function dropMoment<T extends Moment>(moments: MomentList<T>, moment: T, follow: (child: T) => void): void {
  const parent = moments.parentOf(moment);
  const wasCurrent = moments.current === moment;
  for (const child of moments.children(moment)) {
    moments.reparent(child, parent?.name);
    follow(child);
  }
  moments.remove(moment);
  if (wasCurrent) moments.current = parent;
}

/** Removes all below `moment`; if the current one was among them, `moment` becomes current. */
export function dropDescendants<T extends Moment>(moments: MomentList<T>, moment: T): void {
  const below = moments.descendants(moment);
  const hadCurrent = moments.current !== undefined && below.includes(moments.current);
  for (const one of below.reverse()) moments.remove(one);
  if (hadCurrent) moments.current = moment;
}

/** How a list function chooses. */
export interface MomentChoice {
  /** Only roots; below a moment the opposite: all levels instead of only its children */
  readonly narrow: boolean;
  readonly topological: boolean;
  /** Only those without children; with `noLeaves` nothing is left, other than for other pairs of bits. */
  readonly leaves: boolean;
  readonly noLeaves: boolean;
}

/** The moments that a list function means: all, roots, or those below one. */
export function selectMoments<T extends Moment>(
  moments: MomentList<T>,
  from: T | undefined,
  { narrow, topological, leaves, noLeaves }: MomentChoice,
): T[] {
  const found = ((): T[] => {
    if (from !== undefined) return narrow ? moments.descendants(from) : moments.children(from);
    const roots = moments.roots();
    if (narrow) return roots;
    return topological ? roots.flatMap((root) => [root, ...moments.descendants(root)]) : [...moments];
  })();
  if (!leaves && !noLeaves) return found;
  return found.filter((moment) => !(moments.hasChildren(moment) ? leaves : noLeaves));
}
