const MARK = '\u0000bigint:';
const MARKED = /"\\u0000bigint:(-?\d+)"/g;

/** JSON.stringify that writes a bigint as the number it is: QMP's sizes are 64-bit integers. */
export function stringify(value: unknown): string {
  let marked = false;
  const text = JSON.stringify(value, (_key, field: unknown) => {
    if (typeof field !== 'bigint') return field;
    marked = true;
    return `${MARK}${field}`;
  });
  return marked ? text.replace(MARKED, '$1') : text;
}
