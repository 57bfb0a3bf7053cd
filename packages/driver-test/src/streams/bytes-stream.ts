import type { StreamDriver } from '@virtkit/core/driver';

/** A stream that gives out `data` and ends. */
export function bytesStream(data: Uint8Array): StreamDriver {
  let at = 0;
  return {
    streamRecv(max) {
      if (at >= data.length) return null;
      const chunk = data.subarray(at, at + max);
      at += chunk.length;
      return chunk;
    },
    streamFinish: () => undefined,
    streamAbort: () => undefined,
  };
}
