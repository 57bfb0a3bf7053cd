import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Slots } from '../../src/util/index.js';

describe('slots', () => {
  it('hold members until they are removed, and give their numbers again', () => {
    const slots = new Slots<{ name: string }>();
    const [a, b] = [slots.add({ name: 'a' }), slots.add({ name: 'b' })];
    expect([...slots].map(({ name }) => name)).toEqual(['a', 'b']);
    slots.remove(a);
    slots.remove(a);
    expect(slots.size).toBe(1);
    expect(slots.add({ name: 'c' })).toBe(a);
    slots.remove(b);
    expect([...slots].map(({ name }) => name)).toEqual(['c']);
  });

  it('do not let members that left outlive scavenges', () => {
    const program = `
      import { Slots } from ${JSON.stringify(new URL('../../dist/util/slots.js', import.meta.url).href)};
      const slots = new Slots();
      const used = [];
      for (let n = 0; n < 20_000; n++) {
        if (n === 100) gc();
        used.push(slots.add(Array.from({ length: 100 }, () => ({ n }))));
        if (used.length > 8) slots.remove(used.shift());
        if (n % 500 === 0) gc({ type: 'minor' });
      }
      console.log(process.memoryUsage().heapUsed);`;
    const used = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program]);
    // What passed through is 100 MB.
    expect(Number(used)).toBeLessThan(30e6);
  });
});
