import type { ConfContext, ElementCodec, XmlNode } from '../xml/index.js';
import type { DomainDevice } from './devices.js';
import type { DomainDef } from './domain-def.js';

/** VIR_DOMAIN_DEF_FEATURE_*: what a driver understands beyond what every driver does. */
export type DomainFeature =
  | 'wide-scsi'
  | 'memory-hotplug'
  | 'offline-vcpupin'
  | 'name-slash'
  | 'individual-vcpus'
  | 'user-alias'
  | 'fw-autoselect'
  | 'net-model-string'
  | 'no-boot-order'
  | 'disk-fd'
  /** Guests may reach the network through passt. */
  | 'passt'
  | 'no-stub-console';

/** virXMLNamespace: the elements of one driver at the end of `<domain>`. */
export interface XmlNamespace {
  /** The prefix it is written with, and its key in `def.namespaces`. */
  readonly prefix: string;
  readonly uri: string;
  decode(domain: XmlNode, context: ConfContext): unknown;
  encode(value: unknown, depth: number, context: ConfContext): string;
}

/** virDomainDefPostParse's hooks: defaults. They change the definition in place. */
export interface DomainPostParseHooks {
  /** virDomainDefParserConfig.domainPostParseBasicCallback: before everything, for what the rest depends on. */
  basic?(def: DomainDef, parse: DomainParseOptions): void;
  /** For every device. */
  device?(device: DomainDevice, def: DomainDef, parse: DomainParseOptions): void;
  /** For the domain as a whole, after its devices: for example devices every guest has. */
  domain?(def: DomainDef, parse: DomainParseOptions): void;
  /** Last: gives every device an address. */
  assignAddresses?(def: DomainDef, parse: DomainParseOptions): void;
}

/** What a driver refuses although the grammar allows it. */
export interface DomainValidateHooks {
  domain?(def: DomainDef, parse: DomainParseOptions): void;
  device?(device: DomainDevice, def: DomainDef, parse: DomainParseOptions): void;
}

/** virDomainDefParserConfig's facts */
export interface DomainDefaults {
  /** First three bytes of generated MAC addresses. */
  readonly macPrefix?: string;
  /** The security model of a `<seclabel>` that names none. */
  readonly securityModel?: string;
  readonly netModel?: string;
}

/** virDomainXMLOption: a driver's rules for domain documents. */
export interface DomainXmlOption {
  /** Types of guests besides libvirt's: `<domain type='…'>`. */
  readonly types: ReadonlySet<string>;
  readonly namespaces: readonly XmlNamespace[];
  readonly features: ReadonlySet<DomainFeature>;
  readonly defaults: DomainDefaults;
  readonly postParse: DomainPostParseHooks;
  readonly validate: DomainValidateHooks;
}

export interface DomainXmlOptionSpec {
  readonly types?: readonly string[];
  readonly namespace?: XmlNamespace | readonly XmlNamespace[];
  readonly features?: readonly DomainFeature[];
  readonly defaults?: DomainDefaults;
  readonly postParse?: DomainPostParseHooks;
  readonly validate?: DomainValidateHooks;
}

/** virDomainXMLOptionNew */
export function domainXmlOption(spec: DomainXmlOptionSpec = {}): DomainXmlOption {
  const { namespace = [] } = spec;
  return {
    types: new Set(spec.types),
    namespaces: Array.isArray(namespace) ? (namespace as readonly XmlNamespace[]) : [namespace as XmlNamespace],
    features: new Set(spec.features),
    defaults: spec.defaults ?? {},
    postParse: spec.postParse ?? {},
    validate: spec.validate ?? {},
  };
}

/** The rules of no driver in particular: grammar, and what holds for all. */
export const plainXmlOption: DomainXmlOption = domainXmlOption();

/** virDomainDefParseFlags */
export interface DomainParseOptions {
  /** A definition, not a running domain: run-time facts are not read. The default. */
  readonly inactive?: boolean;
  /** Status XML: with what only the driver may know. */
  readonly status?: boolean;
  /** A new definition: defaults may be those of today, not those old definitions were given. */
  readonly abiUpdate?: boolean;
  readonly skipValidate?: boolean;
  readonly skipPostParse?: boolean;
}

/** A namespace whose elements are described by codecs, by the elements' names. */
export function xmlNamespace<T extends object>(
  prefix: string,
  uri: string,
  elements: { readonly [K in keyof T]-?: ElementCodec<NonNullable<T[K]>> },
): XmlNamespace {
  const codecs = Object.entries(elements) as [string, ElementCodec<unknown>][];
  return {
    prefix,
    uri,
    decode(domain, context) {
      const value: Record<string, unknown> = {};
      for (const [key, codec] of codecs) {
        const node = domain.children.find((child) => child.ns === uri && child.name === codec.name);
        if (node !== undefined) value[key] = codec.decode(withoutNamespace(node, uri), context);
      }
      return Object.keys(value).length === 0 ? undefined : value;
    },
    encode(value, depth, context) {
      let markup = '';
      for (const [key, codec] of codecs) {
        const part = (value as Record<string, unknown>)[key];
        if (part !== undefined) markup += codec.encode(part, depth, context);
      }
      // Values are escaped, so that every "<" starts a tag.
      return markup.replace(/<(\/?)/g, `<$1${prefix}:`);
    },
  };
}

/** The codecs know local names only: what is in the namespace is shown to them as if it were in none, and nothing else. */
function withoutNamespace(node: XmlNode, uri: string): XmlNode {
  return {
    ...node,
    ns: '',
    children: node.children.map((child) =>
      child.ns === uri ? withoutNamespace(child, uri) : { ...child, ns: child.ns || 'none' },
    ),
  };
}
