import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { FirmwareDescriptor } from './descriptor.js';

/** Where firmware is described: the distribution's, the administrator's, and outside system daemons the user's own */
export function firmwareDirectories(options: { privileged: boolean; configHome?: string }): string[] {
  const system = ['/usr/share/qemu/firmware', '/etc/qemu/firmware'];
  const own = options.privileged || options.configHome === undefined ? [] : [join(options.configHome, 'qemu/firmware')];
  return [...system, ...own];
}

/**
 * qemuFirmwareFetchConfigs: the descriptors of all directories in the order of their file names. A file hides one of the same
 * name in an earlier directory; an empty file only hides.
 */
export async function loadFirmwareDescriptors(directories: readonly string[]): Promise<FirmwareDescriptor[]> {
  const files = new Map<string, string>();
  for (const directory of directories) {
    for (const name of await listJson(directory)) files.set(name, join(directory, name));
  }
  const names = [...files.keys()].sort();
  const texts = await Promise.all(names.map((name) => readFile(files.get(name) ?? '', 'utf8')));
  return texts.flatMap((text, index) => (text === '' ? [] : [parse(text, files.get(names[index] ?? '') ?? '')]));
}

async function listJson(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw LibvirtError.system(ErrorDomain.QEMU, `cannot list firmware descriptors in ${directory}`, error);
  }
}

function parse(text: string, path: string): FirmwareDescriptor {
  try {
    return JSON.parse(text) as FirmwareDescriptor;
  } catch (cause) {
    const detail = `the firmware descriptor ${path} is not JSON: repair it, or put an empty file of its name into /etc/qemu/firmware`;
    throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail, { cause });
  }
}
