import { childOf, custom, elementOf, escapeXml, type Field, indentOf, leaf, str, type XmlNode } from '../xml/index.js';
import { storageError } from './problems.js';

/** virStoragePerms; absent parts are left to the system. */
export interface StoragePermissions {
  mode?: number;
  owner?: number;
  group?: number;
  label?: string;
}

function part(
  name: 'mode' | 'owner' | 'group',
  read: (text: string) => number | undefined,
  show: (value: number) => string,
): Field<number, true> {
  return custom<number>({
    reason: '-1 stands for unset, and what is no number has an error of its own',
    covers: { elements: [name] },
    decode(node: XmlNode) {
      const text = childOf(node, name)?.text;
      return text === undefined || (text === '' && name === 'mode') ? undefined : read(text);
    },
    body: (value, depth) => `${indentOf(depth)}<${name}>${escapeXml(show(value))}</${name}>\n`,
  });
}

function mode(text: string): number {
  const value = /^[0-7]+$/.test(text) ? parseInt(text, 8) : -1;
  if (value < 0 || value > 0o777) throw storageError('malformed octal mode');
  return value;
}

const UNSET = 0xffffffff;

const id =
  (name: string) =>
  (text: string): number | undefined => {
    const value = /^\s*[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (value === -1 || value === UNSET) return undefined;
    if (!(value >= 0 && value < UNSET)) throw storageError(`malformed ${name} element`);
    return value;
  };

/** `<permissions>` */
export const permissions = elementOf<StoragePermissions>(
  'permissions',
  {
    mode: part('mode', mode, (value) => `0${value.toString(8)}`),
    owner: part('owner', id('owner'), String),
    group: part('group', id('group'), String),
    label: leaf(str),
  },
  { omitEmpty: true },
);
