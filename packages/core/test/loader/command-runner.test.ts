import { ProcessCommandRunner } from '../../src/loader/index.js';
import { describe, expect, it } from 'vitest';

const runner = new ProcessCommandRunner();

describe('what a program is given to read', () => {
  it.each([[[]], [['/dev/stdin']], [['-']]])('is read by cat %j', async (args) => {
    expect((await runner.run('cat', args, { input: 'one\ntwo' })).stdout).toBe('one\ntwo');
  });

  it('may be nothing, or more than a pipe holds', async () => {
    expect((await runner.run('cat', ['/dev/stdin'], { input: '' })).stdout).toBe('');
    const long = 'x'.repeat(1 << 20);
    expect((await runner.run('cat', ['/dev/stdin'], { input: Buffer.from(long) })).stdout).toBe(long);
    expect((await runner.run('true', [], { input: long })).stdout).toBe('');
  });

  it('is nothing where nothing is given', async () => {
    expect((await runner.run('cat', [])).stdout).toBe('');
  });
});
