import { isInMemoryFileSystem, isLocalFileSystem } from '@virtkit/core/util';
import type { Files, FilesAt } from './files.js';
import { LocalFiles } from './local-files.js';
import { PatientFiles } from './patient-files.js';

const ON_DISK = new LocalFiles(true);
const IN_MEMORY = new LocalFiles(false);

/** How one pool's files are looked at, by the file system that its folder lies on at that time. */
export function poolFiles(): FilesAt {
  // A place that does not answer takes one thread, however many ask.
  const foreign = new PatientFiles(1);
  return async (path): Promise<Files> => {
    let type: number;
    try {
      ({ type } = await foreign.space(path));
    } catch {
      return foreign;
    }
    if (!isLocalFileSystem(type)) return foreign;
    return isInMemoryFileSystem(type) ? IN_MEMORY : ON_DISK;
  };
}
