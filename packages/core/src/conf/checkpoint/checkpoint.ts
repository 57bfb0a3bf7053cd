import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import {
  domain as domainCodec,
  type DomainDef,
  domainContext,
  type DomainXmlOption,
  plainXmlOption,
} from '../domain/index.js';
import {
  diskSource,
  embedded,
  formatMoment,
  momentParent,
  momentText,
  momentTime,
  namedDisk,
} from '../snapshot/index.js';
import { childOf, childrenOf, formatAttr, formatElement, readXml, requireRoot, type XmlNode } from '../xml/index.js';

/** virDomainCheckpointDiskDef */
export interface CheckpointDisk {
  name: string;
  checkpoint?: 'no' | 'bitmap';
  /** Name of the dirty bitmap; default the checkpoint's. */
  bitmap?: string;
  /** Bytes written since, where it was asked for. */
  size?: bigint;
}

/** virDomainCheckpointDef */
export interface CheckpointDef {
  name: string;
  description?: string;
  parent?: string;
  /** Seconds since the epoch. */
  creationTime: number;
  disks: CheckpointDisk[];
  domain?: DomainDef;
}

const raise =
  (code: ErrorCode, domain: ErrorDomain = ErrorDomain.DOMAIN_CHECKPOINT) =>
  (detail: string): LibvirtError =>
    new LibvirtError(code, domain, detail);
const unsupported = raise(ErrorCode.CONFIG_UNSUPPORTED);
const schemaError = raise(ErrorCode.XML_INVALID_SCHEMA, ErrorDomain.XML);

export interface CheckpointParseOptions {
  readonly redefine?: boolean;
  /** Seconds since the epoch, for a checkpoint made now. */
  readonly now: number;
}

/** virDomainCheckpointDefParseString: unlike other documents, this one must fit its schema. */
export function parseCheckpoint(
  text: string,
  { redefine = false, now }: CheckpointParseOptions,
  option: DomainXmlOption = plainXmlOption,
): CheckpointDef {
  const node = readXml(text);
  requireRoot(node, 'domaincheckpoint', ErrorDomain.DOMAIN_CHECKPOINT);
  checkSchema(node);
  const name = momentText(node, 'name');
  if (name === undefined && redefine) throw raise(ErrorCode.XML_ERROR)('a redefined checkpoint must have a name');
  const creationTime = redefine ? momentTime(node) : now;
  if (creationTime === undefined)
    throw raise(ErrorCode.INTERNAL_ERROR)('missing creationTime from existing checkpoint');
  const def: CheckpointDef = { name: name ?? String(now), creationTime, disks: [] };
  const description = childOf(node, 'description')?.text;
  if (description !== undefined) def.description = description;
  if (redefine) {
    const parent = momentParent(node);
    if (parent !== undefined) def.parent = parent;
    const domain = embedded(node, 'domain', option);
    if (domain !== undefined) def.domain = domain;
  }
  const disks = childOf(node, 'disks');
  if (disks !== undefined) def.disks = childrenOf(disks, 'disk').map(parseDisk);
  return def;
}

function parseDisk(node: XmlNode): CheckpointDisk {
  const { name = '', checkpoint, bitmap } = node.attrs;
  const disk: CheckpointDisk = { name };
  if (checkpoint === 'no' || checkpoint === 'bitmap') disk.checkpoint = checkpoint;
  if (bitmap !== undefined) disk.bitmap = bitmap;
  return disk;
}

const ELEMENTS = new Set(['name', 'description', 'parent', 'creationTime', 'disks', 'domain']);
const NAME = /^[^/\n]*$/;
const DISK = /^(?:ioemu:)?(?:fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+$|^\/[^\0]+$/;

/** What the schema says of everything but the domain inside. */
function checkSchema(node: XmlNode): void {
  const seen = new Set<string>();
  const refuse = (what: string, line: number): never => {
    throw schemaError(`checkpoint description, line ${line}: ${what}`);
  };
  for (const child of node.children) {
    if (!ELEMENTS.has(child.name)) refuse(`unknown element <${child.name}> in <domaincheckpoint>`, child.line);
    if (seen.has(child.name)) refuse(`<${child.name}> is given twice`, child.line);
    seen.add(child.name);
  }
  const name = childOf(node, 'name');
  if (name !== undefined && !NAME.test(name.text)) refuse(`'${name.text}' is no name: it may not hold '/'`, name.line);
  for (const disk of childOf(node, 'disks')?.children ?? []) {
    if (disk.name !== 'disk') refuse(`unknown element <${disk.name}> in <disks>`, disk.line);
    for (const key of Object.keys(disk.attrs))
      if (!['name', 'checkpoint', 'bitmap', 'size'].includes(key))
        refuse(`unknown attribute '${key}' of <disk>`, disk.line);
    if (!DISK.test(disk.attrs['name'] ?? '')) refuse(`'${disk.attrs['name'] ?? ''}' cannot name a disk`, disk.line);
    const { checkpoint } = disk.attrs;
    if (checkpoint !== undefined && checkpoint !== 'no' && checkpoint !== 'bitmap')
      refuse(`'${checkpoint}' is no kind of checkpoint: 'no' and 'bitmap' are`, disk.line);
  }
}

/** virDomainCheckpointAlignDisks: every disk of the domain, and whether its changes are recorded. */
export function alignCheckpointDisks(def: CheckpointDef): CheckpointDisk[] {
  const disks = def.domain?.devices.disk ?? [];
  if (def.domain === undefined) throw raise(ErrorCode.INTERNAL_ERROR)('missing domain in checkpoint');
  if (disks.length === 0) throw unsupported('domain must have at least one disk to perform checkpoints');
  if (def.disks.length > disks.length) throw unsupported('too many disk checkpoint requests for domain');
  const found = new Map<number, CheckpointDisk>();
  for (const asked of def.disks) {
    const index = namedDisk(disks, asked.name);
    const disk = disks[index];
    if (disk === undefined) throw unsupported(`no disk named '${asked.name}'`);
    if (found.has(index)) throw unsupported(`disk '${asked.name}' specified twice`);
    const checkpoint = asked.checkpoint ?? 'bitmap';
    if (checkpoint === 'bitmap' && (diskSource(disk) === undefined || disk.readonly === true))
      throw unsupported(`disk '${asked.name}' is empty or readonly`);
    found.set(index, { ...asked, name: disk.target?.dev ?? asked.name, checkpoint });
  }
  return disks.map((disk, i) => {
    const one = found.get(i);
    const name = disk.target?.dev ?? '';
    const recorded = one
      ? one.checkpoint === 'bitmap'
      : def.disks.length === 0 && diskSource(disk) !== undefined && disk.readonly !== true;
    return recorded ? { name, checkpoint: 'bitmap', bitmap: one?.bitmap ?? def.name } : { name, checkpoint: 'no' };
  });
}

/** virDomainCheckpointDefFormat */
export function formatCheckpoint(
  def: CheckpointDef,
  option: DomainXmlOption = plainXmlOption,
  options: { readonly secure?: boolean; readonly noDomain?: boolean } = {},
): string {
  const context = domainContext(option, { secure: options.secure === true });
  let body = formatMoment(def, '');
  const disks = def.disks.map(({ name, checkpoint, bitmap, size }) =>
    formatElement(
      2,
      'disk',
      formatAttr('name', name) +
        formatAttr('checkpoint', checkpoint) +
        formatAttr('bitmap', bitmap) +
        formatAttr('size', size),
      '',
    ),
  );
  if (disks.length > 0) body += formatElement(1, 'disks', '', disks.join(''));
  if (def.domain !== undefined && options.noDomain !== true) body += domainCodec.encode(def.domain, 1, context);
  return formatElement(0, 'domaincheckpoint', '', body);
}
