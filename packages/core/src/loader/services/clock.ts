import type { Clock } from '../../driver/index.js';

/** The time of this machine. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => process.hrtime.bigint(),
  schedule(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
});
