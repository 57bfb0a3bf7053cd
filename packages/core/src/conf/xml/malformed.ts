/** Where a reader stopped in a document. */
interface Stop {
  readonly text: string;
  /** Offset of the first character not read. */
  readonly position: number;
  readonly line: number;
  readonly column: number;
}

interface Opened {
  readonly name: string;
  readonly line: number;
}

/**
 * libxml2's wording of the commonest malformations, which clients show and tests compare: what is wrong, the line it was
 * found in, and a pointer into that line. Undefined for all others.
 */
export function libxmlWording(problem: string, stop: Stop, top: Opened | undefined, closed: Opened | undefined) {
  const what = wording(problem, stop, top, closed);
  if (what === undefined) return undefined;
  const context = stop.text.split('\n')[stop.line - 1] ?? '';
  return `${what}\n${context === '' ? '(null)' : context}\n${'-'.repeat(stop.column - 1)}^`;
}

function wording(
  problem: string,
  { text, position }: Stop,
  top: Opened | undefined,
  closed: Opened | undefined,
): string | undefined {
  const last = text.slice(text.lastIndexOf('<'));
  const [, open] = /^<([\p{L}_:][^\s/>='"]*)\s*$/u.exec(last) ?? [];
  if (open !== undefined && position >= text.length) {
    const line = text.slice(0, text.length - last.length).split('\n').length;
    return `Couldn't find end of Start Tag ${open} line ${line}`;
  }
  if (problem.startsWith('unclosed tag') && top !== undefined)
    return `Premature end of data in tag ${top.name} line ${top.line}`;
  const [, end] = /<\/([^\s>]+)\s*>$/.exec(text.slice(0, position)) ?? [];
  if (problem === 'unexpected close tag' && closed !== undefined && end !== undefined)
    return `Opening and ending tag mismatch: ${closed.name} line ${closed.line} and ${end}`;
  if (problem.startsWith('document must contain a root') && text.trim() === '')
    return "Start tag expected, '<' not found";
  return undefined;
}
