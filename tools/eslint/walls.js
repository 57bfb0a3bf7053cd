// The wall of driver-imports for every package of this workspace, by the table in tools/walls.json.
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messages, wall } from './driver-imports.js';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));
const table = JSON.parse(readFileSync(new URL('../walls.json', import.meta.url), 'utf8'));

/** The table's row of a folder in packages/, or undefined. */
export function rowOf(folder) {
  const exact = table.packages[folder];
  if (exact !== undefined) return exact;
  const pattern = Object.keys(table.packages).find((key) => key.endsWith('*') && folder.startsWith(key.slice(0, -1)));
  return table.packages[pattern];
}

/** @type {import('eslint').Rule.RuleModule} */
export const walls = {
  meta: { type: 'problem', schema: [], messages: { ...messages, row: '{{folder}} has no row in tools/walls.json.' } },
  create(context) {
    const [folder, part] = relative(packages, context.filename).split(sep);
    if (folder === '..') return {};
    const row = rowOf(folder);
    if (row === undefined) return { Program: (node) => context.report({ node, messageId: 'row', data: { folder } }) };
    if (part !== 'test') return wall(context, row);
    return wall(context, { allow: [...row.allow, ...table.tests.allow], computed: table.tests.computed });
  },
};

export default { meta: { name: 'virtkit' }, rules: { walls } };
