import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { operationFailed } from '../errors.js';

/** Formats of the guest's part of a save image, by their numbers in the file; each but the first is a program's name. */
const SAVE_FORMATS = ['raw', 'gzip', 'bzip2', 'xz', 'lzop', 'zstd'] as const;

type SaveFormat = (typeof SAVE_FORMATS)[number];

const isSaveFormat = (name: unknown): name is SaveFormat => SAVE_FORMATS.includes(name as SaveFormat);

/** A program that reads its standard input and writes its standard output. */
export interface FilterProgram {
  readonly program: string;
  readonly args: readonly string[];
}

const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin', '/bin'];

function findProgram(name: string): string | undefined {
  for (const dir of PLACES) {
    if (dir === '') continue;
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** What compresses to a format; undefined for none. Raises OPERATION_FAILED where there is no such format, or no program for it. */
export function compressor(format: string, style: 'save' | 'dump'): FilterProgram | undefined {
  if (!isSaveFormat(format))
    throw operationFailed(
      `Invalid ${style} image format specified in configuration file: '${format}' is none of ${SAVE_FORMATS.join(', ')}`,
    );
  if (format === 'raw') return undefined;
  const program = findProgram(format);
  if (program === undefined)
    throw operationFailed(
      `Compression program for ${style} image format in configuration file isn't available: '${format}' is not installed`,
    );
  return { program, args: ['-c'] };
}

/** A format's number in a file; only of names that {@link compressor} took. */
export const formatNumber = (name: string): number => SAVE_FORMATS.indexOf(name as SaveFormat);

/** What takes a file of that format apart; undefined for what is not compressed. */
export function decompressor(number: number): FilterProgram | undefined {
  const format = SAVE_FORMATS[number];
  if (format === undefined) throw operationFailed(`Invalid compressed save format ${number}`);
  if (format === 'raw') return undefined;
  const program = findProgram(format);
  if (program === undefined)
    throw operationFailed(`the image is compressed with '${format}', which is not installed on this host`);
  return { program, args: ['-dc'] };
}
