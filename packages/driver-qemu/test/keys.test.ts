import { ErrorCode, KeycodeSet } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { qnumOf } from '../src/keys/translate-key.js';

describe('key codes', () => {
  it.each([
    [
      'A',
      30,
      { LINUX: 30, XT: 30, ATSET1: 30, ATSET2: 28, ATSET3: 28, OSX: 0, XT_KBD: 30, USB: 4, WIN32: 65, QNUM: 30 },
    ],
    ['Enter', 28, { LINUX: 28, XT: 28, ATSET1: 28, ATSET2: 90, ATSET3: 90, OSX: 36, USB: 40, WIN32: 13 }],
    ['Left', 203, { LINUX: 105, ATSET1: 0xe04b, ATSET2: 0xe06b, ATSET3: 97, OSX: 123, USB: 80, WIN32: 37 }],
    ['F12', 88, { LINUX: 88, XT: 88, ATSET2: 7, ATSET3: 94, OSX: 111, USB: 69, WIN32: 123 }],
    ['right Alt', 184, { LINUX: 100, ATSET1: 0xe038, OSX: 61, USB: 230, WIN32: 165 }],
  ])('%s is the same key in every set', (_name, qnum, codes) => {
    for (const [set, code] of Object.entries(codes))
      expect(qnumOf(KeycodeSet[set as keyof typeof KeycodeSet], code), set).toBe(qnum);
  });

  it('that are in no set are refused, those without a key in QEMU are 0', () => {
    expect(qnumOf(KeycodeSet.LINUX, 260)).toBe(0);
    expect(qnumOf(KeycodeSet.LINUX, 0)).toBe(0);
    expect(() => qnumOf(KeycodeSet.LINUX, 700)).toThrow(
      expect.objectContaining({
        code: ErrorCode.INTERNAL_ERROR,
        detail: 'cannot translate keycode 700 of linux codeset to qnum keycode',
      }),
    );
    expect(() => qnumOf(10, 30)).toThrow(expect.objectContaining({ code: ErrorCode.INVALID_ARG }));
  });
});
