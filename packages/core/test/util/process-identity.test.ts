import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  identifyProcess,
  isProcessRunning,
  processesWithEnvironment,
  signalProcess,
  waitForProcessEnd,
} from '../../src/util/index.js';

describe('process identity', () => {
  it('is told apart from another process of the same pid', async () => {
    const child = spawn('sleep', ['60']);
    const identity = identifyProcess(child.pid ?? 0);
    if (identity === undefined) throw new Error('sleep does not run');
    const exit = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    expect(isProcessRunning(identity)).toBe(true);
    expect(signalProcess({ ...identity, startTime: '1' }, 'SIGKILL')).toBe(false);
    expect(signalProcess({ ...identity, bootId: 'another boot' }, 'SIGKILL')).toBe(false);
    expect(isProcessRunning(identity)).toBe(true);
    expect(signalProcess(identity, 'SIGTERM')).toBe(true);
    expect(await exit).toBe('SIGTERM');
    expect(isProcessRunning(identity)).toBe(false);
    expect(signalProcess(identity, 'SIGKILL')).toBe(false);
  });

  it('of a zombie is gone', async () => {
    // The shell becomes a program that does not wait for the shell's child.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)));
    while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
      await new Promise((resolve) => setTimeout(resolve, 1));
    expect(identifyProcess(pid)).toBeUndefined();
    parent.kill('SIGKILL');
  });

  it('is found by a mark in its environment, and its end is awaited', async () => {
    const mark = `VIRTKIT_TEST=${process.pid}-mark`;
    const child = spawn('sleep', ['60'], { env: { ...process.env, VIRTKIT_TEST: `${process.pid}-mark` } });
    const [found] = processesWithEnvironment(mark);
    expect(found?.pid).toBe(child.pid);
    if (found === undefined) return;
    expect(await waitForProcessEnd(found, performance.now() + 5)).toBe(false);
    child.kill('SIGKILL');
    expect(await waitForProcessEnd(found, performance.now() + 5000)).toBe(true);
    expect(processesWithEnvironment(mark)).toEqual([]);
  });
});
