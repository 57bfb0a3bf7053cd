/** A value as QEMU's command line and monitor take it; the order of members is kept. */
export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** An object of those members that have a value, in the order given. */
export function jsonObject(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const object: Record<string, JsonValue> = {};
  for (const name in members) {
    const value = members[name];
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/** The number, or nothing for a zero that means "not set". */
export function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}
