import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import { expect } from 'vitest';

/** The call fails with one of these codes of libvirt, and says something. Returns the error. */
export async function expectError(
  work: Promise<unknown>,
  ...names: readonly (keyof typeof ErrorCode)[]
): Promise<LibvirtError> {
  const error: unknown = await work.then(
    (value) => ({ returned: value }),
    (reason: unknown) => reason,
  );
  expect(LibvirtError.is(error), `expected LibvirtError ${names.join(' or ')}, got ${describeValue(error)}`).toBe(true);
  const found = Object.entries(ErrorCode).find(([, code]) => code === (error as LibvirtError).code)?.[0];
  expect(names, `${found}: ${(error as LibvirtError).message}`).toContain(found);
  expect((error as LibvirtError).message).not.toBe('');
  return error as LibvirtError;
}

function describeValue(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === 'object' && value !== null && 'returned' in value ? 'success' : String(value);
}
