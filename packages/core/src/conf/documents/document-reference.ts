import type { ElementCodec, FieldDoc, ScalarType, Visibility } from '../xml/index.js';
import { DOCUMENTS, type DocumentName } from './documents.js';

interface Row {
  readonly path: string;
  readonly value: string;
  readonly fallback: string;
  readonly notes: readonly string[];
}

type Codec = ElementCodec<unknown>;

/** The reference page of a document in Markdown: every element and attribute that is read, from the codec itself. */
export function documentReference(name: DocumentName): string {
  const { codec, title } = DOCUMENTS[name];
  const rows: Row[] = [];
  walk(codec, codec.name, rows, new Map(), []);
  const lines = rows.map(
    ({ path, value, fallback, notes }) => `| \`${path}\` | ${value} | ${fallback} | ${notes.join('; ')} |`,
  );
  return `# The ${title} document

Every element and attribute that virtkit reads and writes, in document order, generated from the codec. A path is an XPath:
\`@name\` is an attribute, \`text()\` the text of the element, \`[]\` an element that may be repeated, \`{@name=value}\` what
belongs to that value of the attribute only. In JSON, names are the same.

| path | value | default | notes |
| --- | --- | --- | --- |
${lines.join('\n')}
`;
}

function walk(codec: Codec, path: string, rows: Row[], seen: Map<Codec, string>, notes: readonly string[]): void {
  const before = seen.get(codec);
  if (before !== undefined) {
    rows.push({ path, value: `element, as \`${before}\``, fallback: '', notes });
    return;
  }
  seen.set(codec, path);
  rows.push({ path, value: 'element', fallback: '', notes });
  const doc = codec.describe();
  for (const field of doc.fields) describe(field, path, rows, seen);
  if (doc.variants === undefined) return;
  const { tag, branches } = doc.variants;
  const common = commonFields([...branches.values()]);
  for (const field of common.values()) describe(field, path, rows, seen);
  for (const [value, fields] of branches)
    for (const [key, field] of byMeaning(fields))
      if (!common.has(key)) describe(field, `${path}{@${tag}=${value}}`, rows, seen);
}

/** Fields by what they say: those of several branches are one if they say the same. */
const byMeaning = (fields: readonly FieldDoc[]): Map<string, FieldDoc> =>
  new Map(fields.map((field) => [[field.kind, field.key, field.name, JSON.stringify(field.type)].join(' '), field]));

/** What all branches of a union have. */
function commonFields(branches: readonly (readonly FieldDoc[])[]): Map<string, FieldDoc> {
  const [first = new Map<string, FieldDoc>(), ...others] = branches.map(byMeaning);
  if (others.length === 0) return new Map();
  return new Map([...first].filter(([key]) => others.every((other) => other.has(key))));
}

function describe(field: FieldDoc, path: string, rows: Row[], seen: Map<Codec, string>): void {
  const notes = notesOf(field);
  const push = (place: string, value: string): void =>
    void rows.push({ path: place, value, fallback: field.fallback === undefined ? '' : code(field.fallback), notes });
  const codec = field.codec?.();
  switch (field.kind) {
    case 'attribute':
      return push(`${path}/@${field.name}`, typeText(field.type));
    case 'text':
      return push(`${path}/text()`, typeText(field.type));
    case 'leaf':
      return push(`${path}/${field.name}`, typeText(field.type));
    case 'leaves':
      return push(`${path}/${field.name}[]`, typeText(field.type));
    case 'flag':
      return push(`${path}/${field.name}`, 'empty element');
    case 'raw':
      return push(`${path}/${field.name}`, 'any markup');
    case 'element':
    case 'list':
      if (codec !== undefined)
        walk(codec, `${path}/${field.name}${field.kind === 'list' ? '[]' : ''}`, rows, seen, notes);
      return;
    case 'custom':
      for (const name of field.covers?.attributes ?? []) push(`${path}/@${name}`, typeText(field.type));
      for (const part of field.covers?.elements ?? [])
        if (typeof part === 'string') push(`${path}/${part}`, 'element');
        else walk(part, `${path}/${part.name}`, rows, seen, notes);
  }
}

const WHEN: Record<Visibility, string> = {
  live: 'live only',
  inactive: 'stopped only',
  secure: 'printed on request only',
  status: "in the driver's own files only",
  unmigratable: 'not printed for other hosts',
};

function notesOf({ required, visibility = [], text, reason }: FieldDoc): string[] {
  return [
    ...(required ? ['required'] : []),
    ...visibility.map((kind) => WHEN[kind]),
    ...(text === undefined ? [] : [escapeCell(text)]),
    ...(reason === undefined ? [] : [escapeCell(reason)]),
  ];
}

function typeText(type: ScalarType | undefined): string {
  if (type === undefined) return 'text';
  const words = type.values?.map(code).join(', ');
  const said = type.description === undefined ? '' : ` (${escapeCell(type.description)})`;
  switch (type.kind) {
    case 'integer':
      return `${(type.minimum ?? -1) === 0 ? 'number from 0' : (type.minimum ?? 0) === 1 ? 'number from 1' : 'number'}${said}`;
    case 'boolean':
    case 'enum':
      return `${words ?? '`yes`, `no`'}${said}`;
    default:
      return `text${said}`;
  }
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
