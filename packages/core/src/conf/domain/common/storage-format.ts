import { child, elementOf, oneOf, part, req, scaled } from '../../xml/index.js';
import { omit } from './omit.js';

/** VIR_STORAGE_FILE_*: what an image is written in. */
export const STORAGE_FORMATS = [
  'raw',
  'dir',
  'bochs',
  'cloop',
  'dmg',
  'iso',
  'vpc',
  'vdi',
  'fat',
  'vhd',
  'ploop',
  'cow',
  'qcow',
  'qcow2',
  'qed',
  'vmdk',
] as const;

export type StorageFormat = (typeof STORAGE_FORMATS)[number];

export const storageFormat = oneOf(...STORAGE_FORMATS);

export interface FormatDef {
  type: StorageFormat;
  metadata_cache?: { max_size?: number };
}

export const metadataCache = part('metadata_cache', { max_size: scaled('bytes', { unset: 0 }) }, omit);

export const imageFormat = elementOf<FormatDef>('format', {
  type: req(storageFormat),
  metadata_cache: child(metadataCache),
});
