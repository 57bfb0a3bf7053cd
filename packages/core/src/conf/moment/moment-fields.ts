import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { DomainDef } from '../domain/domain-def.js';
import { formatDomain, parseDomainNode } from '../domain/domain-xml.js';
import { type DomainXmlOption, plainXmlOption } from '../domain/xml-option.js';
import {
  childOf,
  type ConfContext,
  custom,
  escapeXml,
  type Field,
  indentOf,
  leaf,
  long,
  part,
  child,
  reqCustom,
  str,
  type XmlNode,
} from '../xml/index.js';
import type { MomentProblems } from './problems.js';

/** What a codec run for snapshots and checkpoints needs to know. */
export interface MomentContext extends ConfContext {
  /** VIR_DOMAIN_SNAPSHOT_PARSE_REDEFINE: a moment that was there before, with all that libvirt had found out. */
  readonly redefine?: boolean;
  /** VIR_DOMAIN_SNAPSHOT_PARSE_INTERNAL: as the driver itself stored it. */
  readonly internal?: boolean;
  /** The driver keeps something of its own for going back, which also clients may tell it. */
  readonly cookie?: boolean;
  /** The rules for the domain within. */
  readonly option?: DomainXmlOption;
  /** VIR_DOMAIN_SNAPSHOT_FORMAT_*: with passwords; without the domain. */
  readonly secure?: boolean;
  readonly noDomain?: boolean;
  /** The UUID written in place of a domain that is not kept. */
  readonly domainUuid?: string;
  /** Seconds since the epoch, for a new moment; by the system's clock if not given. */
  readonly now?: number;
}

/** virDomainMomentDef */
export interface MomentDef {
  name: string;
  description?: string;
  parent?: { name?: string };
  /** Seconds since the epoch. */
  creationTime: number;
  /** The domain's definition at that moment. */
  domain?: DomainDef;
}

const now = ({ now: given = Math.floor(Date.now() / 1000) }: MomentContext): number => given;

/** Name and time: given for a moment that is redefined, made up for a new one. */
export function momentName(what: string, problems: MomentProblems): Field<string, false> {
  return reqCustom<string>({
    reason: 'a redefined moment must have one',
    covers: { elements: ['name'] },
    decode(node, context) {
      const name = childOf(node, 'name')?.text;
      if (!name && (context as MomentContext).redefine === true)
        throw problems.xml(`a redefined ${what} must have a name`);
      if (!name && context.verbatim === true) return undefined as never;
      // A new one without a name takes its time's, which the element as a whole sees to.
      return name ?? '';
    },
    body: (name, depth) => `${indentOf(depth)}<name>${escapeXml(name)}</name>\n`,
  });
}

/** The time of a redefined moment, which must have one. */
export function redefinedTime(node: XmlNode, what: string, problems: MomentProblems): number {
  const time = long.parse(childOf(node, 'creationTime')?.text ?? '');
  if (time === undefined) throw problems.internal(`missing creationTime from existing ${what}`);
  return time;
}

export function creationTime(what: string, problems: MomentProblems): Field<number, false> {
  return reqCustom<number>({
    reason: 'now for a new moment, whatever the document says',
    covers: { elements: ['creationTime'] },
    decode(node, context) {
      if (context.verbatim === true) return long.parse(childOf(node, 'creationTime')?.text ?? '') as number;
      if ((context as MomentContext).redefine !== true) return now(context);
      return redefinedTime(node, what, problems);
    },
    body: (time, depth) => (time === 0 ? '' : `${indentOf(depth)}<creationTime>${time}</creationTime>\n`),
  });
}

export const description = leaf(str);
export const parentMoment = child(part('parent', { name: leaf(str) }, { omitEmpty: true }));

/** `<domain>`: read for a redefined moment only; of a stub without a type only the UUID counts, which is dropped. */
export function momentDomain(name: 'domain' | 'inactiveDomain'): Field<DomainDef, true> {
  return custom<DomainDef>({
    reason: "a domain document within, under its driver's rules",
    covers: { elements: [name] },
    decode(node, context) {
      const { redefine, option, verbatim } = context as MomentContext;
      const element = childOf(node, name);
      if ((redefine !== true && verbatim !== true) || element === undefined) return undefined;
      if (element.attrs.type === undefined) {
        if (name === 'domain' || verbatim === true) return undefined;
        throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.DOMAIN, 'missing domain type attribute');
      }
      const root = name === 'domain' ? element : { ...element, name: 'domain', qname: 'domain' };
      return parseDomainNode(root, option ?? plainXmlOption, {
        inactive: true,
        skipValidate: true,
        skipPostParse: verbatim === true,
      });
    },
    body(def, depth, context) {
      const { option, secure, noDomain } = context as MomentContext;
      if (noDomain === true) return '';
      const text = formatDomain(def, option ?? plainXmlOption, { inactive: true, secure: secure === true });
      const shown =
        name === 'domain' ? text : text.replace(/^<domain/, `<${name}`).replace(/<\/domain>\n$/, `</${name}>\n`);
      return shown.replace(/^(?=.)/gm, indentOf(depth));
    },
  });
}
