import { type ConfContext, custom, escapeXml, type Field, indentOf, type XmlNode } from '../xml/index.js';
import { storageError } from './problems.js';

/** `<fs:mount_opts>` */
export interface PoolMountOptions {
  option: { name: string }[];
}

/** `<rbd:config_opts>` */
export interface PoolRbdOptions {
  option: { name: string; value: string }[];
}

export const POOL_FS_NAMESPACE = 'http://libvirt.org/schemas/storagepool/fs/1.0';
export const POOL_RBD_NAMESPACE = 'http://libvirt.org/schemas/storagepool/rbd/1.0';

interface Space {
  readonly prefix: string;
  readonly uri: string;
  readonly types: readonly string[];
  readonly element: string;
  readonly attributes: readonly string[];
}

const allowed = (context: ConfContext): boolean =>
  context.verbatim === true || (context as { poolNamespaces?: boolean }).poolNamespaces === true;

function space<T extends { option: Record<string, string>[] }>({
  prefix,
  uri,
  types,
  element,
  attributes,
}: Space): Field<T, true> {
  return custom<T>({
    reason: "a namespace of its own, which only the pool type's backend knows",
    covers: { elements: [element] },
    decode(node: XmlNode, context) {
      if (!allowed(context) || !types.includes(node.attrs.type ?? '')) return undefined;
      const outer = node.children.find((one) => one.name === element && one.ns === uri);
      const options = outer?.children.filter((one) => one.name === 'option' && one.ns === uri) ?? [];
      if (options.length === 0) return undefined;
      return { option: options.map(read) } as T;
    },
    attrs: (_value, context) => (allowed(context) ? ` xmlns:${prefix}='${uri}'` : ''),
    body(value, depth, context) {
      if (!allowed(context)) return '';
      const lines = value.option.map(
        (option) =>
          `${indentOf(depth + 1)}<${prefix}:option${attributes.map((name) => ` ${name}='${escapeXml(option[name] as string)}'`).join('')}/>\n`,
      );
      return `${indentOf(depth)}<${prefix}:${element}>\n${lines.join('')}${indentOf(depth)}</${prefix}:${element}>\n`;
    },
  });

  function read(option: XmlNode): Record<string, string> {
    return Object.fromEntries(
      attributes.map((name) => {
        const value = option.attrs[name];
        if (value === undefined) throw storageError(`no ${prefix} option ${name} specified`);
        return [name, value];
      }),
    );
  }
}

/** The two namespaces that pool types have; last in `<pool>`. */
export const poolNamespaces = {
  mountOptions: space<PoolMountOptions>({
    prefix: 'fs',
    uri: POOL_FS_NAMESPACE,
    types: ['fs', 'netfs'],
    element: 'mount_opts',
    attributes: ['name'],
  }),
  rbdOptions: space<PoolRbdOptions>({
    prefix: 'rbd',
    uri: POOL_RBD_NAMESPACE,
    types: ['rbd'],
    element: 'config_opts',
    attributes: ['name', 'value'],
  }),
};
