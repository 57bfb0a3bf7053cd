import { formatAttr, indentOf, type XmlNamespace, type XmlNode } from '@virtkit/core/conf';
import { configUnsupported, internalError } from '../errors.js';

const SHARED_NAMESPACES = ['sharenet', 'shareipc', 'shareuts'] as const;
export type SharedNamespace = (typeof SHARED_NAMESPACES)[number];

/** Where a shared namespace comes from: another container, a process, or a name that `ip netns` knows. */
export interface NamespaceSource {
  type: 'name' | 'pid' | 'netns';
  value: string;
}

/** lxcDomainDef: namespaces that a container shares with others rather than having its own. */
export type LxcNamespaceDef = { [K in SharedNamespace]?: NamespaceSource };

declare module '@virtkit/core/conf' {
  interface DomainNamespaces {
    lxc?: LxcNamespaceDef;
  }
}

const LXC_URI = 'http://libvirt.org/schemas/domain/lxc/1.0';

/** `lxc:namespace`. Its children are read whatever namespace they are in; of those given twice the last one counts. */
export const lxcNamespace: XmlNamespace = {
  prefix: 'lxc',
  uri: LXC_URI,
  decode(domain) {
    let shared: LxcNamespaceDef | undefined;
    for (const element of domain.children) {
      if (element.ns !== LXC_URI || element.name !== 'namespace') continue;
      for (const child of element.children) {
        shared ??= {};
        const name = SHARED_NAMESPACES.find((known) => known === child.name);
        if (name === undefined) throw configUnsupported(`unsupported Namespace feature: ${child.name}`);
        const source = decodeSource(child);
        if (source !== undefined) shared[name] = source;
      }
    }
    return shared;
  },
  encode(value, depth) {
    const shared = value as LxcNamespaceDef;
    let body = '';
    for (const name of SHARED_NAMESPACES) {
      const source = shared[name];
      if (source === undefined) continue;
      body += `${indentOf(depth + 1)}<lxc:${name}${formatAttr('type', source.type)}${formatAttr('value', source.value)}/>\n`;
    }
    return `${indentOf(depth)}<lxc:namespace>\n${body}${indentOf(depth)}</lxc:namespace>\n`;
  },
};

/** Undefined for type none, which means a namespace of the container's own. */
function decodeSource({ name, attrs }: XmlNode): NamespaceSource | undefined {
  const { type, value } = attrs;
  if (type === undefined || value === undefined)
    throw internalError(`No lxc environment type specified: <lxc:${name}> needs the attributes type and value`);
  switch (type) {
    case 'none':
      return undefined;
    case 'name':
    case 'pid':
    case 'netns':
      return { type, value };
    default:
      throw internalError(`Unknown LXC namespace source '${type}'`);
  }
}
