import { type DiskDef, diskIndex } from '@virtkit/core/conf';
import {
  type BlockImage,
  type BlockImageNames,
  blockdevStorage,
  detectZeroes,
  type DiskImagesOptions,
  imageChain,
  isQemuEncrypted,
  isRawLuks,
  type JsonObject,
  type JsonValue,
  numberedNames,
} from '../block/index.js';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { internalError } from '../errors.js';
import { type ArgList, escapeComma } from './arg-list.js';
import type { CommandContext } from './context.js';
import { addImageObjects } from './secrets.js';

/** qemuBuildDriveStr: cards are part of their board, so that their images can be given in the old way only. */
export function addSdCard(args: ArgList, disk: DiskDef, context: CommandContext, options: DiskImagesOptions): void {
  if (disk.serial !== undefined) throw internalError("Serial property not supported for drive bus 'sd'");
  const alias = disk.alias?.name ?? '';
  const card = imageChain(disk, {
    facts: options.facts,
    source: disk.type === 'volume' ? options.volume?.(disk) : undefined,
    names: (image) => cardNames(alias, numberedNames(0, image, options.usesTls)),
  });
  if (card === undefined) throw noSource(disk);
  addImageObjects(args, card, context);
  const { driver = {} } = disk;
  const zeroes = detectZeroes(card);
  const words = [
    ...source(card),
    ...encryption(card),
    card.format === 'fat' ? undefined : `format=${isRawLuks(card) ? 'luks' : card.format}`,
    'if=sd',
    `index=${diskIndex(disk.target?.dev ?? '') ?? 0}`,
    card.readonly ? 'readonly=on' : undefined,
    card.cache && `cache=${card.cache}`,
    driver.copy_on_read === true ? 'copy-on-read=on' : undefined,
    driver.discard && `discard=${driver.discard}`,
    zeroes && `detect-zeroes=${zeroes}`,
    driver.io && `aio=${driver.io}`,
  ];
  args.add('-drive', words.filter((word) => word !== undefined).join(','));
}

/** There are no nodes, so that what belongs to the image is named after its card. */
function cardNames(alias: string, numbered: BlockImageNames): BlockImageNames {
  const { auth, encryption, cookies, tls } = numbered.secrets;
  return {
    ...numbered,
    secrets: {
      auth: auth && `${alias}-auth-secret0`,
      encryption: encryption && `${alias}-encryption-secret0`,
      cookies: cookies && `${alias}-httpcookie-secret0`,
      tls: tls && `obj${alias}_tls0`,
    },
  };
}

const noSource = ({ target }: DiskDef): LibvirtError =>
  new LibvirtError(ErrorCode.NO_SOURCE, ErrorDomain.QEMU, target?.dev ?? '');

function source(image: BlockImage): string[] {
  const { source: from } = image;
  if (from.type === 'file' || from.type === 'block') {
    const path = from.type === 'file' ? from.source?.file : from.source?.dev;
    return [`file=${escapeComma(image.passedFile ?? path ?? '')}`];
  }
  if (from.type === 'dir') return [`file=fat:${escapeComma(from.source?.dir ?? '')}`];
  const {
    'node-name': _name,
    cache: _cache,
    'auto-read-only': _auto,
    'read-only': _readonly,
    discard: _discard,
    ...own
  } = blockdevStorage(image);
  return dotted('file', own);
}

function encryption(image: BlockImage): string[] {
  const { encryption: id } = image.secrets;
  if (id === undefined || !isQemuEncrypted(image)) return [];
  if (isRawLuks(image)) return [`key-secret=${id}`];
  return [`encrypt.format=${image.encryption?.format ?? ''}`, `encrypt.key-secret=${id}`];
}

/** Members of members by paths; those of lists by number. */
function dotted(path: string, value: JsonValue | undefined): string[] {
  if (value === undefined) return [];
  if (typeof value === 'boolean') return [`${path}=${value ? 'on' : 'off'}`];
  if (Array.isArray(value)) return value.flatMap((item: JsonValue, n) => dotted(`${path}.${n}`, item));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value as JsonObject).flatMap(([name, member]) => dotted(`${path}.${name}`, member));
  return [`${path}=${escapeComma(String(value))}`];
}
