/**
 * The branches of a tagged union with fields before and after those each branch has of its own. The caller's union type is
 * what the result is checked against where it is used; here only the spreading happens.
 */
export function around(branches: Readonly<Record<string, object>>, before: object, after: object): never {
  return Object.fromEntries(
    Object.entries(branches).map(([tag, fields]) => [tag, { ...before, ...fields, ...after }]),
  ) as never;
}
