import { ErrorDomain } from '../../util/index.js';
import {
  domain as domainCodec,
  type DomainDef,
  domainContext,
  type DomainXmlOption,
  parseDomainNode,
  plainXmlOption,
} from '../domain/index.js';
import {
  childOf,
  childrenOf,
  escapeXml,
  formatAttr,
  formatElement,
  formatNode,
  indentOf,
  oneOf,
  readXml,
  requireRoot,
  type XmlNode,
} from '../xml/index.js';
import { invalidAttribute } from '../xml/problems.js';
import { formatSnapshotDisk, parseSnapshotDisk } from './snapshot-disk.js';
import { snapshotInternal, snapshotUnsupported, snapshotXmlError } from './problems.js';
import {
  isOfflineSnapshot,
  SNAPSHOT_LOCATIONS,
  SNAPSHOT_STATES,
  type SnapshotDef,
  type SnapshotLocation,
  type SnapshotState,
} from './snapshot-def.js';

/** virDomainSnapshotParseFlags */
export interface SnapshotParseOptions {
  /** A description of a snapshot that exists: it says all that was found out when it was taken. */
  readonly redefine?: boolean;
  /** Seconds since the epoch, for a snapshot taken now. */
  readonly now: number;
}

/** virDomainSnapshotDefParseString */
export function parseSnapshot(
  text: string,
  options: SnapshotParseOptions,
  option: DomainXmlOption = plainXmlOption,
): SnapshotDef {
  return parseSnapshotNode(readXml(text), options, option);
}

/** virDomainSnapshotDefParseNode */
export function parseSnapshotNode(
  node: XmlNode,
  { redefine = false, now }: SnapshotParseOptions,
  option: DomainXmlOption = plainXmlOption,
): SnapshotDef {
  requireRoot(node, 'domainsnapshot', ErrorDomain.DOMAIN_SNAPSHOT);
  const name = momentText(node, 'name');
  if (name === undefined && redefine) throw snapshotXmlError('a redefined snapshot must have a name');
  const creationTime = redefine ? momentTime(node) : now;
  if (creationTime === undefined) throw snapshotInternal('missing creationTime from existing snapshot');
  const parent = redefine ? momentParent(node) : undefined;
  const state = redefine ? parseState(node) : 'nostate';
  const def: SnapshotDef = { name: name ?? String(now), state, creationTime, disks: [] };
  const description = childOf(node, 'description')?.text;
  if (description !== undefined) def.description = description;
  if (parent !== undefined) def.parent = parent;
  if (redefine) {
    const domain = embedded(node, 'domain', option);
    if (domain !== undefined) def.domain = domain;
    const inactive = embedded(node, 'inactiveDomain', option);
    if (inactive !== undefined) def.inactiveDomain = inactive;
    const cookie = childOf(node, 'cookie');
    if (cookie !== undefined) def.cookie = formatNode(cookie, 0).trimEnd();
  }
  const memory = parseMemory(node, redefine ? (isOfflineSnapshot(def) ? 'no' : 'internal') : undefined);
  if (memory !== undefined) def.memory = memory;
  if (redefine && isOfflineSnapshot(def) && memory !== undefined && memory.snapshot !== 'no')
    throw snapshotXmlError('memory state cannot be saved with offline or disk-only snapshot');
  const disks = childOf(node, 'disks');
  if (disks !== undefined) def.disks = childrenOf(disks, 'disk').map(parseSnapshotDisk);
  return def;
}

/** virDomainSnapshotDefFormat */
export function formatSnapshot(
  def: SnapshotDef,
  option: DomainXmlOption = plainXmlOption,
  options: { readonly secure?: boolean; readonly domainUuid?: string } = {},
): string {
  const context = domainContext(option, { secure: options.secure === true });
  let body = formatMoment(def, `${indentOf(1)}<state>${def.state}</state>\n`);
  if (def.memory !== undefined)
    body += formatElement(
      1,
      'memory',
      formatAttr('snapshot', def.memory.snapshot) + formatAttr('file', def.memory.file),
      '',
    );
  if (def.disks.length > 0)
    body += formatElement(1, 'disks', '', def.disks.map((disk) => formatSnapshotDisk(disk, 2, context)).join(''));
  if (def.domain !== undefined) body += domainCodec.encode(def.domain, 1, context);
  else if (options.domainUuid !== undefined)
    body += formatElement(1, 'domain', '', `${indentOf(2)}<uuid>${options.domainUuid}</uuid>\n`);
  if (def.inactiveDomain !== undefined)
    body += domainCodec
      .encode(def.inactiveDomain, 1, context)
      .replace(/^( *<\/?)domain(?=[ >])/gm, (tag, start: string) =>
        start.startsWith('  <') ? `${start}inactiveDomain` : tag,
      );
  if (def.cookie !== undefined) body += `${indentOf(1)}${def.cookie.replaceAll('\n', `\n${indentOf(1)}`)}\n`;
  return formatElement(0, 'domainsnapshot', '', body);
}

/** The parts that snapshots and checkpoints begin with; `state` stands between description and parent. */
export function formatMoment(
  def: {
    readonly name: string;
    readonly description?: string;
    readonly parent?: string;
    readonly creationTime: number;
  },
  state: string,
): string {
  const text = (tag: string, value: string | undefined): string =>
    value === undefined ? '' : `${indentOf(1)}<${tag}>${escapeXml(value)}</${tag}>\n`;
  const parent =
    def.parent === undefined
      ? ''
      : formatElement(1, 'parent', '', `${indentOf(2)}<name>${escapeXml(def.parent)}</name>\n`);
  const time = def.creationTime === 0 ? '' : `${indentOf(1)}<creationTime>${def.creationTime}</creationTime>\n`;
  return text('name', def.name) + text('description', def.description) + state + parent + time;
}

export function momentText(node: XmlNode, name: string): string | undefined {
  const text = childOf(node, name)?.text;
  return text === '' ? undefined : text;
}

export function momentTime(node: XmlNode): number | undefined {
  const text = momentText(node, 'creationTime')?.trim() ?? '';
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export function momentParent(node: XmlNode): string | undefined {
  const parent = childOf(node, 'parent');
  return parent && momentText(parent, 'name');
}

/** A domain inside; older versions wrote only its UUID, which is no domain. */
export function embedded(node: XmlNode, name: string, option: DomainXmlOption): DomainDef | undefined {
  const domain = childOf(node, name);
  if (domain?.attrs['type'] === undefined) return undefined;
  return parseDomainNode({ ...domain, name: 'domain', qname: 'domain' }, option, { skipValidate: true });
}

function parseState(node: XmlNode): SnapshotState {
  const text = momentText(node, 'state');
  if (text === undefined) throw snapshotXmlError('missing state from existing snapshot');
  const state = SNAPSHOT_STATES.find((known) => known === text);
  if (state === undefined || state === 'nostate')
    throw snapshotUnsupported(`Invalid state '${text}' in domain snapshot XML`);
  return state;
}

function parseMemory(node: XmlNode, usual: 'no' | 'internal' | undefined): SnapshotDef['memory'] {
  const element = childOf(node, 'memory');
  const text = element?.attrs['snapshot'];
  const given = SNAPSHOT_LOCATIONS.find((known) => known === text);
  if (element !== undefined && text !== undefined && (given === undefined || given === 'manual'))
    throw invalidAttribute(element, 'snapshot', text, oneOf('no', 'internal', 'external'));
  const file = element?.attrs['file'];
  const snapshot: SnapshotLocation | undefined = given ?? (file === undefined ? usual : 'external');
  if (snapshot === undefined || snapshot === 'manual') return undefined;
  if (file !== undefined && snapshot !== 'external')
    throw snapshotXmlError(`memory filename '${file}' requires external snapshot`);
  if (snapshot === 'external' && file === undefined)
    throw snapshotXmlError('external memory snapshots require a filename');
  if (file !== undefined && !file.startsWith('/'))
    throw snapshotXmlError(`memory snapshot file path (${file}) must be absolute`);
  return { snapshot, ...(file === undefined ? {} : { file }) };
}
