import {
  attr,
  childOf,
  elementOf,
  escapeXml,
  formatNode,
  leaves,
  oneOf,
  optList,
  part,
  readXml,
  req,
  requireRoot,
  str,
  uint,
  type XmlNode,
  PLAIN,
} from '../xml/index.js';
import { wrong } from './common/problems.js';
import { domainContext, parseDomainNode } from './domain-xml.js';
import { domain } from './domain-codec.js';
import type { DomainDef } from './domain-def.js';
import { type DomainXmlOption, plainXmlOption } from './xml-option.js';

/** virDomainState, by its names in status XML; the place in the list is the number in the API. */
export const DOMAIN_STATE_NAMES = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;
export type DomainStateName = (typeof DOMAIN_STATE_NAMES)[number];

/** vir*Reason, by their names in status XML; the place in the list is the number in the API. */
export const STATE_REASON_NAMES: Record<DomainStateName, readonly string[]> = {
  nostate: ['unknown'],
  running: [
    'unknown',
    'booted',
    'migrated',
    'restored',
    'from snapshot',
    'unpaused',
    'migration canceled',
    'save canceled',
    'wakeup',
    'crashed',
    'post-copy',
    'post-copy failed',
  ],
  blocked: ['unknown'],
  paused: [
    'unknown',
    'user',
    'migration',
    'save',
    'dump',
    'I/O error',
    'watchdog',
    'from snapshot',
    'shutdown',
    'snapshot',
    'panicked',
    'starting up',
    'post-copy',
    'post-copy failed',
    'api error',
  ],
  shutdown: ['unknown', 'user'],
  shutoff: ['unknown', 'shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from snapshot', 'daemon'],
  crashed: ['unknown', 'panicked'],
  pmsuspended: ['unknown'],
};

/** virDomainObj as it is kept while the domain runs. */
export interface DomainStatus {
  state: DomainStateName;
  reason: string;
  pid?: number;
  /** What was done to the domain that makes it unsupported. */
  taint?: string[];
  deprecation?: string[];
  def: DomainDef;
}

const head = elementOf<Omit<DomainStatus, 'def' | 'taint'> & { taint?: { flag: string }[] }>('domstatus', {
  state: req(oneOf(...DOMAIN_STATE_NAMES), { invalid: (value) => wrong(`invalid domain state '${value}'`) }),
  reason: req(str),
  pid: attr(uint),
  taint: optList(part('taint', { flag: req(str) })),
  deprecation: leaves(str),
});

const OWN = new Set(['taint', 'deprecation', 'domain']);

/** virDomainObjParseXML: the status, and the elements in which the driver has kept what only it knows. */
export function parseDomainStatus(
  text: string,
  option: DomainXmlOption = plainXmlOption,
): DomainStatus & { readonly private: readonly XmlNode[] } {
  const root = readXml(text);
  requireRoot(root, 'domstatus');
  const node = childOf(root, 'domain');
  if (node === undefined) throw wrong('no domain config');
  const { taint, ...status } = head.decode(root, PLAIN);
  if (!STATE_REASON_NAMES[status.state].includes(status.reason))
    throw wrong(`invalid domain state reason '${status.reason}'`);
  return {
    ...status,
    ...(taint && { taint: taint.map(({ flag }) => flag) }),
    def: parseDomainNode(node, option, { inactive: false, status: true, skipPostParse: true, skipValidate: true }),
    private: root.children.filter(({ name }) => !OWN.has(name)),
  };
}

/** virDomainObjFormat; `driverMarkup` are complete lines, indented by one level. */
export function formatDomainStatus(
  status: DomainStatus,
  driverMarkup: string,
  option: DomainXmlOption = plainXmlOption,
): string {
  const { state, reason, pid, taint = [], deprecation = [], def } = status;
  const context = domainContext(option, { inactive: false, secure: true, status: true });
  let body = '';
  for (const flag of taint) body += `  <taint flag='${escapeXml(flag)}'/>\n`;
  for (const message of deprecation) body += `  <deprecation>${escapeXml(message)}</deprecation>\n`;
  const attrs = ` state='${state}' reason='${escapeXml(reason)}'${pid === undefined ? '' : ` pid='${pid}'`}`;
  return `<domstatus${attrs}>\n${body}${driverMarkup}${domain.encode(def, 1, context)}</domstatus>\n`;
}

/** The driver's own elements of a status as they came, for {@link formatDomainStatus}. */
export const formatPrivate = (nodes: readonly XmlNode[]): string => nodes.map((node) => formatNode(node, 1)).join('');
