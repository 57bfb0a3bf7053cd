import { isInMemoryFileSystem, isLocalFileSystem, tellsChangesApart } from '@virtkit/core/util';
import { type Files, type FilesAt, Grain } from './files.js';
import { LocalFiles } from './local-files.js';
import { PatientFiles } from './patient-files.js';

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
    return new LocalFiles(!isInMemoryFileSystem(type), tellsChangesApart(type) ? Grain.NONE : Grain.TICKS);
  };
}
