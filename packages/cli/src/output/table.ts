import stringWidth from 'string-width';

/** A table as virsh prints it: a space before each row, three between columns, a rule below the titles. */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths = titles.map((title, i) =>
    Math.max(stringWidth(title), ...clean.map((row) => stringWidth(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    ` ${cells
      .map((cell, i) => (i === cells.length - 1 ? cell : cell + ' '.repeat(widths[i]! - stringWidth(cell) + 3)))
      .join('')}`;
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 3, 0));
  return `${[line(titles), rule, ...clean.map(line)].join('\n')}\n`;
}

/** Control characters escaped, so that a name cannot draw on the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
