/** A deep copy of a model: models are plain objects, arrays and values. */
export function copyDef<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = new Array(value.length);
    for (let i = 0; i < value.length; i++) items[i] = copyDef(value[i] as unknown);
    return items as T;
  }
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const member: unknown = value[key];
    copy[key] = typeof member === 'object' ? copyDef(member) : member;
  }
  return copy as T;
}
