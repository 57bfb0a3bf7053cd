import { describe, expect, it } from 'vitest';
import { ErrorCode, ErrorDomain, JobQueue, UndoStack } from '../../src/util/index.js';

function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('JobQueue', () => {
  it('runs one job at a time, in order, and passes results on', async () => {
    const jobs = new JobQueue(ErrorDomain.QEMU);
    const first = gate();
    const log: string[] = [];
    const results = Promise.all([
      jobs.run('a', async () => {
        log.push('a');
        await first.opened;
        log.push('a done');
        return 1;
      }),
      jobs.run('b', () => (log.push('b'), 2)),
      jobs.run('c', () => (log.push('c'), 3)),
    ]);
    expect(jobs.holder).toBe('a');
    first.open();
    // One that comes at the very moment of the hand-over still goes last.
    const late = first.opened.then(() => jobs.run('d', () => log.push('d')));
    expect(await results).toEqual([1, 2, 3]);
    await late;
    expect(log).toEqual(['a', 'a done', 'b', 'c', 'd']);
    expect(jobs.holder).toBeUndefined();
  });

  it('goes on after a job that fails', async () => {
    const jobs = new JobQueue(ErrorDomain.QEMU);
    const failing = jobs.run('a', () => Promise.reject(new Error('no')));
    const next = jobs.run('b', () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });

  it('names the holder when the turn does not come in time, and forgets who left', async () => {
    const jobs = new JobQueue(ErrorDomain.QEMU);
    const first = gate();
    const holding = jobs.run('domainSuspend', () => first.opened);
    await expect(jobs.run('late', () => 1, { patience: 2 })).rejects.toMatchObject({
      code: ErrorCode.OPERATION_TIMEOUT,
      domain: ErrorDomain.QEMU,
      detail: 'cannot acquire state change lock (held by monitor=domainSuspend)',
    });
    const controller = new AbortController();
    const aborted = jobs.run('gone', () => 1, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
    await expect(jobs.run('gone', () => 1, { signal: controller.signal })).rejects.toMatchObject({
      code: ErrorCode.OPERATION_ABORTED,
    });
    first.open();
    await holding;
    expect(await jobs.run('next', () => 2)).toBe(2);
  });
});

describe('UndoStack', () => {
  it('undoes in reverse, whatever fails on the way', async () => {
    const undo = new UndoStack();
    const log: unknown[] = [];
    undo.push(() => log.push(1));
    undo.push(() => Promise.reject(new Error('stuck')));
    undo.push(async () => log.push(3));
    await undo.run((error) => log.push((error as Error).message));
    expect(log).toEqual([3, 'stuck', 1]);
    await undo.run();
    expect(log).toHaveLength(3);
  });

  it('undoes nothing once cleared', async () => {
    const undo = new UndoStack();
    undo.push(() => expect.unreachable());
    undo.clear();
    await undo.run();
  });
});
