import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { expect, it } from 'vitest';
import { errorJson, errorLines } from '../src/output/errors.js';

const gone = new LibvirtError(ErrorCode.NO_DOMAIN, ErrorDomain.TEST, "no domain with matching name 'x'");

it('says what failed, why, and what helps', () => {
  expect(errorLines(gone, "start domain 'x'")).toEqual([
    "error: Failed to start domain 'x'",
    "error: Domain not found: no domain with matching name 'x'",
    "hint: 'virtkit list --all' shows the domains of this connection",
  ]);
});

it('has no hint where it knows of none', () => {
  const error = new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, 'odd');
  expect(errorLines(error)).toEqual(['error: internal error: odd']);
  expect(errorLines(new Error('plain'))).toEqual(['error: plain']);
});

it("gives programs libvirt's numbers and names", () => {
  expect(errorJson(gone, "start domain 'x'")).toEqual({
    error: {
      message: "Domain not found: no domain with matching name 'x'",
      code: 42,
      name: 'NO_DOMAIN',
      domain: ErrorDomain.TEST,
      doing: "start domain 'x'",
      hint: "'virtkit list --all' shows the domains of this connection",
    },
  });
});
