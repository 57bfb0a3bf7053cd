/** The middle one of some numbers. */
export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const text = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

/** Prints a figure with its goal; true if it is met. */
export function report(subject, { value, atLeast, atMost }) {
  const met = atLeast === undefined ? value <= atMost : value >= atLeast;
  const goal = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  console.log(`${subject.padEnd(36)} ${text(value).padStart(9)}  goal ${goal}  ${met ? 'ok' : 'MISSED'}`);
  return met;
}

/** Prints a duration beside its floor; true if their ratio is at most `goal`. */
export function compare(subject, ours, floor, goal) {
  const ratio = ours / floor;
  console.log(
    `${subject.padEnd(36)} ${ours.toFixed(1).padStart(8)} ms  floor ${floor.toFixed(1).padStart(7)} ms` +
      `  ratio ${ratio.toFixed(2).padStart(5)}  goal at most ${goal}  ${ratio <= goal ? 'ok' : 'MISSED'}`,
  );
  return ratio <= goal;
}
