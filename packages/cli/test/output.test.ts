import { describe, expect, it } from 'vitest';
import { cpuLetters, cpuRanges, parseCpuList } from '../src/output/cpu-map.js';
import { facts, jsonValue, listed } from '../src/output/output.js';
import { formatTable } from '../src/output/table.js';
import { parseSize, prettySize } from '../src/output/units.js';

describe('tables', () => {
  it("are virsh's, to the letter", () => {
    expect(formatTable(['Id', 'Name', 'State'], [['1', 'test', 'running']])).toBe(
      ' Id   Name   State\n----------------------\n 1    test   running\n',
    );
  });
  it('count what a terminal shows, not characters', () => {
    const [, , wide, plain] = formatTable(
      ['Name', 'State'],
      [
        ['虚拟', 'off'],
        ['abcd', 'off'],
      ],
    ).split('\n');
    expect(wide).toBe(' 虚拟   off');
    expect(plain).toBe(' abcd   off');
  });
  it('let no name draw on the terminal', () => {
    expect(formatTable(['Name'], [['a\u001b[2Jb']])).toContain('a\\x1b[2Jb');
  });
});

it('JSON has every column, text only those that were asked for', () => {
  const output = listed(
    [{ a: 1n, b: null }],
    [
      { title: 'A', key: 'a', value: (row) => row.a },
      { title: 'B', key: 'b', value: (row) => row.b, hidden: true },
    ],
  );
  expect(JSON.stringify(output.json, jsonValue)).toBe('[{"a":1,"b":null}]');
  expect(output.text()).toBe(' A\n----\n 1\n');
});

it('facts are aligned', () => {
  expect(
    facts([
      ['Id', 'id', null],
      ['Name', 'name', 'x'],
    ]).text(),
  ).toBe('Id:             -\nName:           x\n');
});

it('64-bit numbers stay exact in JSON', () => {
  expect(JSON.stringify([2n ** 53n - 1n, 2n ** 64n - 1n], jsonValue)).toBe('[9007199254740991,"18446744073709551615"]');
});

describe('sizes', () => {
  it.each([
    ['1', 1n],
    ['10k', 10240n],
    ['10KiB', 10240n],
    ['10KB', 10_000n],
    ['2G', 2n << 30n],
    ['1 TiB', 1n << 40n],
  ])('%s', (text, bytes) => expect(parseSize(text, 'size')).toBe(bytes));
  it('a bare number counts in the unit of the place', () => expect(parseSize('5', 'memory', 1024n)).toBe(5120n));
  it.each(['', 'x', '-1', '1 parsec', '1.5G'])('refuses %j', (text) =>
    expect(() => parseSize(text, 'size')).toThrow('is not a size'),
  );
  it('reads well', () => expect(prettySize(107374182400n)).toBe('100.00 GiB'));
});

describe('CPU lists', () => {
  it.each([
    ['0-3,^2', '0-1,3'],
    ['r', '0-7'],
    ['7', '7'],
  ])('%s', (text, ranges) => expect(cpuRanges(parseCpuList(text, 8))).toBe(ranges));
  it('letters', () => expect(cpuLetters(Uint8Array.of(0b1101), 6)).toBe('y-yy--'));
  it.each(['', 'a', '8', '1-'])('refuses %j', (text) => expect(() => parseCpuList(text, 8)).toThrow());
});
