import { readFile } from 'node:fs/promises';
import { configUnsupported } from '../errors.js';

/** What an administrator decides for all guests of a host. */
export interface QemuConf {
  /** How the memory of saved guests is compressed, by name. */
  readonly saveImageFormat: string;
  /** The same of core dumps. */
  readonly dumpImageFormat: string;
}

const DEFAULTS: QemuConf = { saveImageFormat: 'raw', dumpImageFormat: 'raw' };

const KEYS: Readonly<Record<string, keyof QemuConf>> = {
  save_image_format: 'saveImageFormat',
  dump_image_format: 'dumpImageFormat',
};

const SETTING = /^\s*(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s#]+))\s*(?:#.*)?$/;

/**
 * Reads `qemu.conf`, in libvirt's syntax; settings that mean nothing here are left alone, so that libvirt's own file can be used. Without
 * a file all is as by default. Raises CONFIG_UNSUPPORTED naming the line that is not understood.
 */
export async function readQemuConf(path: string): Promise<QemuConf> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return DEFAULTS;
    throw configUnsupported(`cannot read ${path}: ${(error as Error).message}`, error);
  }
  const found: { -readonly [Key in keyof QemuConf]: QemuConf[Key] } = { ...DEFAULTS };
  text.split('\n').forEach((line, at) => {
    const key = KEYS[/^\s*(\w+)\s*=/.exec(line)?.[1] ?? ''];
    if (key === undefined) return;
    const [, , double, single, bare] = SETTING.exec(line) ?? [];
    const value = double ?? single ?? bare;
    if (value === undefined)
      throw configUnsupported(`${path}:${at + 1}: a value in quotes is expected: ${line.trim()}`);
    found[key] = value;
  });
  return found;
}
