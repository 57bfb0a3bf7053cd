import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { uuidField } from '../common/index.js';
import {
  type ConfContext,
  confContext,
  custom,
  elementOf,
  escapeXml,
  formatDocument,
  indentOf,
  nonEmpty,
  oneOf,
  parseDocument,
  req,
  reqCustom,
  type XmlNode,
} from '../xml/index.js';
import { nwfilterRef, type NwfilterRef } from './filter-ref.js';
import { RULE_PROTOCOLS, ruleNumber, type RuleProtocolName, signedBy } from './protocols.js';
import { RULE_VALUES } from './values.js';

/** What a rule looks for: one protocol and values of its attributes, in their usual form. */
export interface NwfilterMatch {
  protocol: RuleProtocolName;
  /** Names of the attributes of which the rule fits what does not fit. */
  negated?: string[];
  attributes: Record<string, string>;
}

/** virNWFilterRuleDef */
export interface NwfilterRule {
  action: 'drop' | 'accept' | 'reject' | 'return' | 'continue';
  direction: 'in' | 'out' | 'inout';
  priority: number;
  statematch?: false;
  match?: NwfilterMatch;
}

/** virNWFilterEntry: rules and references keep their order. */
export type NwfilterEntry = { rule: NwfilterRule } | { filterref: NwfilterRef };

/** virNWFilterDef */
export interface NwfilterDef {
  name: string;
  chain: string;
  /** Zero is not written. */
  priority: number;
  uuid: string;
  entry: NwfilterEntry[];
}

const internal = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NWFILTER, detail);
const unsupported = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NWFILTER, detail);
const invalid = (detail: string): LibvirtError => new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NWFILTER, detail);

/** Chains, and the priority of those whose name begins so. */
const CHAINS: Readonly<Record<string, number>> = {
  root: 0,
  mac: -800,
  vlan: -750,
  stp: 0,
  arp: -500,
  rarp: -400,
  ipv4: -700,
  ipv6: -600,
};
const MAX_CHAIN = 12;
const DEFAULT_PRIORITY = 500;

function chainOf(node: XmlNode): string {
  const chain = node.attrs.chain || 'root';
  if (chain === 'root') return chain;
  if (!/^[A-Za-z0-9_.:-]+$/.test(chain)) throw invalid('Chain name contains invalid characters');
  if (chain.length > MAX_CHAIN) throw invalid(`Name of chain is longer than ${MAX_CHAIN} characters`);
  const prefixes = Object.keys(CHAINS).filter((name) => name !== 'root');
  if (!prefixes.some((prefix) => chain.startsWith(prefix)))
    throw invalid(
      `Invalid chain name '${chain}'. Please use a chain name called 'root' or any of the following prefixes: ${prefixes.join(', ')}`,
    );
  return chain;
}

function priorityOf(node: XmlNode): number {
  const text = node.attrs.priority;
  // Only a chain that is named can have one of its own.
  if (!text || !node.attrs.chain) {
    const chain = node.attrs.chain || 'root';
    return CHAINS[Object.keys(CHAINS).find((prefix) => chain.startsWith(prefix)) ?? 'root'] ?? 0;
  }
  if (!/^\s*[+-]?\d+$/.test(text)) throw invalid(`Could not parse chain priority '${text}'`);
  const priority = Number(text);
  if (priority < -1000 || priority > 1000)
    throw invalid(`Priority '${priority}' is outside valid range of [-1000,1000]`);
  return priority;
}

/** virNWFilterRuleDetailsParse: the values of one protocol element. */
function readAttributes(node: XmlNode, { protocol, attributes }: NwfilterMatch, negated: Set<string>): void {
  for (const [name, kind] of Object.entries(RULE_PROTOCOLS[protocol])) {
    const text = node.attrs[name];
    if (text === undefined) continue;
    const value = RULE_VALUES[kind](text);
    if (value === undefined) throw internal(`${name} has illegal value ${text}`);
    attributes[name] = value;
    if (node.attrs.match === 'no') negated.add(name);
    else negated.delete(name);
  }
}

/** A set of addresses without saying which address is looked up in it: the source. Only `all` takes both as they come. */
function fixSet({ protocol, attributes }: NwfilterMatch): void {
  if (protocol === 'all' || protocol === 'all-ipv6') return;
  if (attributes.ipset === undefined) delete attributes.ipsetflags;
  else attributes.ipsetflags ??= 'src';
}

const PORTS = ['srcportstart', 'srcportend', 'dstportstart', 'dstportend'];
/** TCP, UDP, DCCP, SCTP. */
const WITH_PORTS: ReadonlySet<number | undefined> = new Set([6, 17, 33, 132]);

function checkPorts({ protocol, attributes }: NwfilterMatch): void {
  if (protocol !== 'ip' && protocol !== 'ipv6') return;
  if (!PORTS.some((port) => attributes[port] !== undefined)) return;
  if (!WITH_PORTS.has(ruleNumber(protocol, 'protocol', attributes.protocol ?? '')))
    throw internal(
      `${protocol === 'ip' ? 'IP' : 'IPv6'} rule with port specification requires protocol specification with protocol to be either one of tcp(6), udp(17), dccp(33), or sctp(132)`,
    );
}

function readMatch(node: XmlNode): NwfilterMatch | undefined {
  let match: NwfilterMatch | undefined;
  const negated = new Set<string>();
  for (const child of node.children) {
    if (!Object.hasOwn(RULE_PROTOCOLS, child.name)) continue;
    const protocol = child.name as RuleProtocolName;
    match ??= { protocol, attributes: {} };
    if (match.protocol !== protocol) continue;
    readAttributes(child, match, negated);
  }
  if (match === undefined) return undefined;
  fixSet(match);
  checkPorts(match);
  const { protocol, attributes } = match;
  const signed = Object.keys(attributes).filter((name) => negated.has(signedBy(protocol, name)));
  if (signed.length > 0) match.negated = signed;
  return match;
}

/** One element for every run of attributes of one sign. */
function formatMatch({ protocol, negated, attributes }: NwfilterMatch, depth: number): string {
  const runs: { not: boolean; shown: string }[] = [];
  for (const name of Object.keys(RULE_PROTOCOLS[protocol])) {
    const value = attributes[name];
    if (value === undefined) continue;
    const not = negated?.includes(name) === true;
    if (runs.at(-1)?.not !== not) runs.push({ not, shown: not ? " match='no'" : '' });
    (runs.at(-1) as { shown: string }).shown += ` ${name}='${escapeXml(value)}'`;
  }
  if (runs.length === 0) runs.push({ not: false, shown: '' });
  return runs.map(({ shown }) => `${indentOf(depth)}<${protocol}${shown}/>\n`).join('');
}

const rule = elementOf<NwfilterRule>('rule', {
  action: req(oneOf('drop', 'accept', 'reject', 'return', 'continue'), {
    missing: () => internal('rule node requires action attribute'),
    invalid: () => unsupported('unknown rule action attribute value'),
  }),
  direction: req(oneOf('in', 'out', 'inout'), {
    missing: () => internal('rule node requires direction attribute'),
    invalid: () => unsupported('unknown rule direction attribute value'),
  }),
  priority: reqCustom<number>({
    reason: 'what is no priority is taken for the usual one',
    covers: { attributes: ['priority'] },
    decode({ attrs: { priority } }) {
      const value = priority !== undefined && /^\s*[+-]?\d+$/.test(priority) ? Number(priority) : NaN;
      return value >= -1000 && value <= 1000 ? value : DEFAULT_PRIORITY;
    },
    attrs: (value) => ` priority='${value}'`,
  }),
  statematch: custom<false>({
    reason: 'several words mean no, all others yes',
    covers: { attributes: ['statematch'] },
    decode: ({ attrs: { statematch } }) => (/^(?:0|false)$/i.test(statematch ?? '') ? false : undefined),
    attrs: () => " statematch='false'",
  }),
  match: custom<NwfilterMatch>({
    reason: 'one element of many names, its values checked by a table',
    covers: { elements: Object.keys(RULE_PROTOCOLS) },
    decode: readMatch,
    body: (value, depth) => formatMatch(value, depth),
  }),
});

const noName = (): LibvirtError => internal('filter has no name');

export const nwfilter = elementOf<NwfilterDef>('filter', {
  name: req(nonEmpty, { missing: noName, invalid: noName }),
  chain: reqCustom<string>({
    reason: 'its prefix decides on the priority',
    covers: { attributes: ['chain'] },
    decode: chainOf,
    attrs: (value) => ` chain='${escapeXml(value)}'`,
  }),
  priority: reqCustom<number>({
    reason: "the chain's, where none is given",
    covers: { attributes: ['priority'] },
    decode: priorityOf,
    attrs: (value) => (value === 0 ? '' : ` priority='${value}'`),
  }),
  uuid: uuidField(
    ErrorDomain.NWFILTER,
    () => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NWFILTER, 'malformed uuid element'),
  ),
  entry: reqCustom<NwfilterEntry[]>({
    reason: 'two kinds of elements whose common order counts',
    covers: { elements: [rule, nwfilterRef] },
    decode: (node, context) =>
      node.children.flatMap((child): NwfilterEntry[] =>
        child.name === 'rule'
          ? [{ rule: rule.decode(child, context) }]
          : child.name === 'filterref'
            ? [{ filterref: nwfilterRef.decode(child, context) }]
            : [],
      ),
    body: (entries, depth, context) =>
      entries
        .map((entry) =>
          'rule' in entry
            ? rule.encode(entry.rule, depth, context)
            : nwfilterRef.encode(entry.filterref, depth, context),
        )
        .join(''),
  }),
});

/** virNWFilterDefParse */
export const parseNwfilter = (text: string, context: ConfContext = confContext()): NwfilterDef =>
  parseDocument(nwfilter, text, context);

/** virNWFilterDefFormat */
export const formatNwfilter = (def: NwfilterDef, context: ConfContext = confContext()): string =>
  formatDocument(nwfilter, def, context);
