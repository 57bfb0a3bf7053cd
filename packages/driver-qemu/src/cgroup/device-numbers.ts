import { statSync } from 'node:fs';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { invalidArg } from '../errors.js';

/** `major:minor` of a block device. Raises SYSTEM_ERROR, or INVALID_ARG for a path that is none. */
export function deviceNumbers(path: string): string {
  let found;
  try {
    found = statSync(path);
  } catch (error) {
    throw LibvirtError.system(ErrorDomain.NONE, `Path '${path}' is not accessible`, error);
  }
  if (!found.isBlockDevice()) throw invalidArg(`Path '${path}' must be a block device`);
  // makedev(3) of 64 bits
  const numbers = BigInt(found.rdev);
  const major = ((numbers >> 8n) & 0xfffn) | ((numbers >> 32n) & ~0xfffn);
  const minor = (numbers & 0xffn) | ((numbers >> 12n) & ~0xffn & 0xffff_ffffn);
  return `${major}:${minor}`;
}
