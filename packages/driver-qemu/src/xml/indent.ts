/** Moves markup to the right, except for lines inside of texts, where blanks would count: those do not begin a tag. */
export function indent(markup: string, depth: number): string {
  const blanks = '  '.repeat(depth);
  return markup.replace(/^(?= *<)/gm, blanks);
}
