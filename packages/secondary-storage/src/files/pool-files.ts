import { isInMemoryFileSystem, isLocalFileSystem, tellsChangesApart } from '@virtkit/core/util';
import { type Files, type FilesAt, Grain } from './files.js';
import { LocalFiles } from './local-files.js';
import { COLD, foreignFiles } from './patient-files.js';

/** How one pool's files are looked at, by the file system that its folder lies on at that time. */
export function poolFiles(): FilesAt {
  const foreign = foreignFiles();
  // What was of this machine the last time does not wait behind those that do not answer.
  let asked = COLD;
  return async (path): Promise<Files> => {
    let type: number;
    try {
      ({ type } = await asked.space(path));
    } catch {
      return foreign;
    }
    asked = isLocalFileSystem(type) ? COLD : foreign;
    if (asked === foreign) return foreign;
    return new LocalFiles(!isInMemoryFileSystem(type), tellsChangesApart(type) ? Grain.NONE : Grain.TICKS);
  };
}
