/** The command line itself is wrong; nothing was asked of any driver. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
