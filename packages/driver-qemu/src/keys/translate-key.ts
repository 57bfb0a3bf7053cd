import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { internalError } from '../errors.js';
import { CODE_SETS } from './code-sets.js';

/**
 * virKeycodeValueTranslate: a key by QEMU's numbers; 0 for one that QEMU does not have. Raises INVALID_ARG for a set that there is
 * not, INTERNAL_ERROR for a code that is not in it.
 */
export function qnumOf(codeset: number, code: number): number {
  const set = CODE_SETS[codeset];
  if (set === undefined)
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, `Unsupported codeset '${codeset}'`);
  // QEMU's own numbers are for QEMU to judge.
  if (set.runs === undefined) return code;
  const run = set.runs.find(({ first, last }) => code >= first && code <= last);
  if (run === undefined) throw internalError(`cannot translate keycode ${code} of ${set.name} codeset to qnum keycode`);
  return run.qnum === undefined ? 0 : run.qnum + code - run.first;
}
