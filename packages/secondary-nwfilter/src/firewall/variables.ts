import { internalError } from '../nwfilter-errors.js';

/** Values of variables, by name. */
export type Variables = ReadonlyMap<string, readonly string[]>;

/** A variable in a rule: the n-th value, or all of them in turn with the others of an iterator. */
interface Access {
  readonly name: string;
  readonly element?: number;
  readonly iterator?: number;
}

const ACCESS = /^\$([A-Za-z0-9_]+)(?:\[(@?)(\d+)\])?$/;

function accessOf(text: string): Access | undefined {
  const [, name, at, number] = ACCESS.exec(text) ?? [];
  if (name === undefined) return undefined;
  if (number === undefined) return { name, iterator: 0 };
  return at === '@' ? { name, iterator: Number(number) } : { name, element: Number(number) };
}

/** The name of the variable that a value of a rule is; undefined for plain values. */
export const variableIn = (text: string): string | undefined => accessOf(text)?.name;

/** Variables that count together. */
interface Group {
  readonly key: string;
  readonly names: string[];
  readonly first: number;
  readonly last: number;
}

/**
 * virNWFilterVarCombIter: a rule's values with the variables replaced, once for each combination. Variables of one
 * iterator go together and must have the same number of values; the first iterator turns fastest; what an iterator has
 * had before it skips.
 */
export function* combinations(
  values: Readonly<Record<string, string>>,
  variables: Variables,
): Generator<Readonly<Record<string, string>>> {
  const groups = groupsOf(Object.values(values), variables);
  const at = groups.map(({ first }) => first);
  do yield resolve(values, variables, groups, at);
  while (advance(groups, at, variables));
}

function groupsOf(values: readonly string[], variables: Variables): Group[] {
  const groups: Group[] = [];
  for (const access of values.map(accessOf)) {
    if (access === undefined) continue;
    const { name, element, iterator } = access;
    const found = variables.get(name);
    if (found === undefined) throw internalError(`Could not find value for variable '${name}'`);
    if (element !== undefined && element >= found.length)
      throw internalError(`Could not get the value number ${element} of variable '${name}'`);
    const key = element === undefined ? `@${iterator}` : `${name}[${element}]`;
    const [first, last] = element === undefined ? [0, found.length - 1] : [element, element];
    const group = groups.find((one) => one.key === key);
    if (group === undefined) groups.push({ key, names: [name], first, last });
    else if (group.last !== last)
      throw internalError('Cardinality of list items must be the same for processing them in parallel');
    else if (!group.names.includes(name)) group.names.push(name);
  }
  return groups;
}

/** Turns to the next combination; false after the last. */
function advance(groups: readonly Group[], at: number[], variables: Variables): boolean {
  for (const [index, group] of groups.entries()) {
    let next = (at[index] as number) + 1;
    while (next <= group.last && wasThere(group, next, variables)) next++;
    if (next <= group.last) {
      at[index] = next;
      return true;
    }
    at[index] = group.first;
  }
  return false;
}

/** virNWFilterVarCombIterEntryAreUniqueEntries */
function wasThere({ names, first }: Group, position: number, variables: Variables): boolean {
  const valueAt = (name: string, index: number): string | undefined => variables.get(name)?.[index];
  for (let before = first; before < position; before++)
    if (names.every((name) => valueAt(name, before) === valueAt(name, position))) return true;
  return false;
}

function resolve(
  values: Readonly<Record<string, string>>,
  variables: Variables,
  groups: readonly Group[],
  at: readonly number[],
): Record<string, string> {
  const valueOf = (text: string): string => {
    const access = accessOf(text);
    if (access === undefined) return text;
    const index = access.element ?? at[groups.findIndex(({ key }) => key === `@${access.iterator}`)] ?? 0;
    return variables.get(access.name)?.[index] as string;
  };
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, valueOf(text)]));
}
