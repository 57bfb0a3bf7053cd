/** A value as QEMU's command line and monitor take it; the order of members is kept. */
export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
/** A member that is undefined is not there. */
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

/** The number, or nothing for a zero that means "not set". */
export function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}
