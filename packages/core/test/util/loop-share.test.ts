import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoopShare } from '../../src/util/index.js';

let now = 0;
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => void vi.restoreAllMocks());

describe('LoopShare', () => {
  it('is used up by time, and whole again after the turn of others', async () => {
    const share = new LoopShare(5);
    now += 4;
    expect(share.used).toBe(false);
    now += 1;
    expect(share.used).toBe(true);
    let others = false;
    setImmediate(() => (others = true));
    await share.next();
    expect(others).toBe(true);
    expect(share.used).toBe(false);
  });

  it('is one for all that work side by side', async () => {
    const share = new LoopShare(5);
    now += 5;
    const work = async (): Promise<boolean> => {
      await share.next();
      const first = !share.used;
      now += 5;
      return first;
    };
    // Who goes on first uses up what the others have as well.
    expect(await Promise.all([work(), work(), work()])).toEqual([true, false, false]);
  });
});
