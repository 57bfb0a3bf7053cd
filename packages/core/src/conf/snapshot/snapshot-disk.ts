import { aroundSource, STORAGE_FORMATS } from '../domain/common/storage-source.js';
import {
  attr,
  child,
  type ConfContext,
  elementOf,
  formatAttr,
  indentOf,
  oneOf,
  part,
  PLAIN,
  str,
  variants,
  type XmlNode,
} from '../xml/index.js';
import { invalidAttribute } from '../xml/problems.js';
import { snapshotInternal, snapshotUnsupported, snapshotXmlError } from './problems.js';
import { SNAPSHOT_LOCATIONS, type SnapshotDisk } from './snapshot-def.js';

const driver = part('driver', { type: attr(str) }, { omitEmpty: true });

const disk = elementOf<SnapshotDisk>(
  'disk',
  variants('type', aroundSource({ driver: child(driver) }, {}), {
    fallback: 'file',
    first: { name: attr(str) as never, snapshot: attr(oneOf(...SNAPSHOT_LOCATIONS)) },
  } as never),
);

/** The file that an external snapshot's disk is kept in. */
export function fileOf(one: SnapshotDisk): string | undefined {
  return one.type === 'file' ? one.source?.file : one.type === 'block' ? one.source?.dev : undefined;
}

/** virDomainSnapshotDiskDefParseXML */
export function parseSnapshotDisk(node: XmlNode): SnapshotDisk {
  if (node.attrs['name'] === undefined) throw snapshotInternal('missing name from disk snapshot element');
  if (node.attrs['type'] === 'none')
    throw invalidAttribute(node, 'type', 'none', oneOf('file', 'block', 'dir', 'network'));
  const one = disk.decode(node, PLAIN);
  const format = one.driver?.type;
  if (format !== undefined && !(STORAGE_FORMATS as readonly string[]).includes(format))
    throw snapshotUnsupported(`unknown disk snapshot driver '${format}'`);
  const file = one.type === 'file' || one.type === 'block' ? fileOf(one) : undefined;
  if (file !== undefined && !file.startsWith('/'))
    throw snapshotXmlError(`disk snapshot image path '${file}' must be absolute`);
  if (one.snapshot === undefined && (file !== undefined || format !== undefined)) one.snapshot = 'external';
  return one;
}

/** virDomainSnapshotDiskDefFormat: only external ones say where they are. */
export function formatSnapshotDisk(one: SnapshotDisk, depth: number, context: ConfContext): string {
  if (one.snapshot === 'external') return disk.encode(one, depth, context);
  return `${indentOf(depth)}<disk${formatAttr('name', one.name)}${formatAttr('snapshot', one.snapshot)}/>\n`;
}
