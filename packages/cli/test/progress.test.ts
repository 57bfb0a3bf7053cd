import { expect, it } from 'vitest';
import { Progress } from '../src/output/progress.js';

function terminal(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    stream: { isTTY, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream,
  };
}

it('draws how much is done, and takes the bar away at the end', () => {
  const { stream, written } = terminal(true);
  const bar = new Progress(stream, 'disk.img', 4n << 20n);
  bar.add(1 << 20);
  bar.end();
  expect(written).toHaveLength(2);
  expect(written[0]).toMatch(/^\rdisk\.img █{8}░{22} {2}25% 1\.00 MiB of 4\.00 MiB/);
  expect(written[1]).toBe('\r\u001b[K');
});

it('counts where the total is not known', () => {
  const { stream, written } = terminal(true);
  new Progress(stream, 'disk.img', undefined).add(2048);
  expect(written[0]).toContain('disk.img 2.00 KiB');
});

it('is silent without a terminal, and counts all the same', () => {
  const { stream, written } = terminal(false);
  const bar = new Progress(stream, 'disk.img', 10n);
  bar.add(7);
  bar.end();
  expect(written).toEqual([]);
  expect(bar.done).toBe(7n);
});
