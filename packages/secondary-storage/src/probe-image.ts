import { dirname, resolve } from 'node:path';
import type { Inspection } from './files/index.js';

/** What an image's header says. */
export interface ImageFacts {
  readonly format: string;
  /** Bytes a guest sees; absent where the file's own size is it. */
  readonly capacity?: number;
  readonly backing?: { readonly path: string; readonly format?: string };
  readonly compat?: string;
  readonly clusterSize?: number;
  readonly features?: { lazy_refcounts?: true; extended_l2?: true };
  readonly encryption?: 'luks' | 'qcow';
}

/** What is read at first; nearly all headers end here. */
const HEAD = { at: 0, length: 4096 };
/** As far as names in a header may lie. */
const HEADER = { at: 0, length: 64 * 1024 };
/** Where a disc says that it is one. */
const DISC = { at: 0x8001, length: 6 };

/** virStorageSourceGetMetadata: reads the header of an image; what is not known is raw. */
export function* probeImage(path: string): Inspection<ImageFacts> {
  const header = yield HEAD;
  const isAll = header.length < HEAD.length;
  const facts = factsOf(header, path);
  if (isAll) return facts;
  if (endOfNames(header) > HEAD.length) return factsOf(yield HEADER, path);
  if (facts.format !== 'raw' || facts.encryption !== undefined) return facts;
  const disc = yield DISC;
  return disc.length === DISC.length && disc.toString('latin1', 0, 5) === 'CD001' ? { format: 'iso' } : facts;
}

/** What a header in memory says; `path` is what relative names start from. Discs say it elsewhere. */
export function factsOf(header: Buffer, path: string): ImageFacts {
  const magic = header.toString('latin1', 0, 4);
  if (isQcow(header)) return header.readUInt32BE(4) === 1 ? qcow(header, path) : qcow2(header, path);
  if (magic === 'QED\0' && header.length >= 64) return { format: 'qed', capacity: Number(header.readBigUInt64LE(48)) };
  if (magic === 'KDMV' && header.length >= 24)
    return { format: 'vmdk', capacity: Number(header.readBigUInt64LE(12)) * 512 };
  if (header.length >= 0x178 && header.readUInt32LE(0x40) === 0xbeda107f)
    return { format: 'vdi', capacity: Number(header.readBigUInt64LE(0x170)) };
  if (header.toString('latin1', 0, 8) === 'conectix' && header.length >= 56)
    return { format: 'vpc', capacity: Number(header.readBigUInt64BE(48)) };
  if (header.toString('latin1', 0, 6) === 'LUKS\xba\xbe') return { format: 'raw', encryption: 'luks' };
  return { format: 'raw' };
}

const isQcow = (header: Buffer): boolean => header.length >= 72 && header.toString('latin1', 0, 4) === 'QFI\xfb';

/** Where the name of what lies behind an image ends, which comes after all else of its header. */
const endOfNames = (header: Buffer): number =>
  isQcow(header) ? Number(header.readBigUInt64BE(8)) + header.readUInt32BE(16) : 0;

function backingOf(header: Buffer, path: string, format: string | undefined): ImageFacts['backing'] {
  const offset = Number(header.readBigUInt64BE(8));
  const length = header.readUInt32BE(16);
  if (offset === 0 || length === 0 || length > 1023 || offset + length > header.length) return undefined;
  const name = header.subarray(offset, offset + length).toString('utf8');
  const found = name.includes(':') ? name : resolve(dirname(path), name);
  return { path: found, ...(format !== undefined && { format }) };
}

function qcow(header: Buffer, path: string): ImageFacts {
  const backing = backingOf(header, path, undefined);
  return { format: 'qcow', capacity: Number(header.readBigUInt64BE(24)), ...(backing && { backing }) };
}

const FORMAT_EXTENSION = 0xe2792aca;

function qcow2(header: Buffer, path: string): ImageFacts {
  const version = header.readUInt32BE(4);
  const features: NonNullable<ImageFacts['features']> = {};
  let start = 72;
  if (version >= 3) {
    if (header.readBigUInt64BE(80) & 1n) features.lazy_refcounts = true;
    if (header.readBigUInt64BE(72) & 16n) features.extended_l2 = true;
    start = header.readUInt32BE(100);
  }
  const format = extensionText(header, start, FORMAT_EXTENSION);
  const backing = backingOf(header, path, format);
  const crypt = header.readUInt32BE(32);
  return {
    format: 'qcow2',
    capacity: Number(header.readBigUInt64BE(24)),
    clusterSize: 2 ** header.readUInt32BE(20),
    ...(version >= 3 && { compat: '1.1', features }),
    ...(backing && { backing }),
    ...(crypt !== 0 && { encryption: crypt === 2 ? 'luks' : 'qcow' }),
  };
}

/** The text of a header extension, a list of type, length and data padded to eight bytes. */
function extensionText(header: Buffer, start: number, wanted: number): string | undefined {
  for (let at = start; at + 8 <= header.length;) {
    const type = header.readUInt32BE(at);
    const length = header.readUInt32BE(at + 4);
    if (type === 0 || at + 8 + length > header.length) return undefined;
    if (type === wanted) return header.subarray(at + 8, at + 8 + length).toString('latin1');
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
