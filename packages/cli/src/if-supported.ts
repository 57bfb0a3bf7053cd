import { ErrorCode, LibvirtError } from '@virtkit/core/util';

/** The answer, or undefined where the driver does not have the function. */
export async function ifSupported<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (LibvirtError.is(error) && error.code === ErrorCode.NO_SUPPORT) return undefined;
    throw error;
  }
}
