import { describe, expect, it, vi } from 'vitest';
import { IdleWatch } from '../src/idle-watch.js';
import { Workers } from '../src/server/workers.js';

describe('calls at a time', () => {
  it('wait for a place, in their order, and not longer', () => {
    const workers = new Workers(2);
    const asked: string[] = [];
    const waiting = (name: string) => ({ proceed: () => void asked.push(name) });
    workers.begin();
    expect(workers.mayBegin(waiting('a'))).toBe(true);
    workers.begin();
    const [first, second, third] = [waiting('b'), waiting('c'), waiting('d')];
    for (const one of [first, second, third]) expect(workers.mayBegin(one!)).toBe(false);
    workers.forget(second!);
    expect([workers.busy, workers.waiting]).toEqual([2, 2]);
    workers.end();
    expect(asked).toEqual(['b', 'd']);
    workers.begin();
    expect(workers.mayBegin(first!)).toBe(false);
    workers.max = 3;
    workers.admit();
    expect(asked).toEqual(['b', 'd', 'b']);
  });
});

describe('a daemon that nobody needs', () => {
  it('is told so once, after as many idle seconds', () => {
    vi.useFakeTimers();
    try {
      let idle = false;
      const done = vi.fn<() => void>();
      const watch = new IdleWatch(() => idle, done);
      watch.set(3);
      vi.advanceTimersByTime(10_000);
      idle = true;
      vi.advanceTimersByTime(2_000);
      idle = false;
      vi.advanceTimersByTime(1_000);
      idle = true;
      vi.advanceTimersByTime(2_500);
      expect(done).not.toHaveBeenCalled();
      vi.advanceTimersByTime(5_000);
      expect(done).toHaveBeenCalledTimes(1);
      watch.set(1);
      watch.set(0);
      vi.advanceTimersByTime(5_000);
      expect(done).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
