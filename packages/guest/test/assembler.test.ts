import { describe, expect, it } from 'vitest';
import { assemble } from '../src/index.js';

const hex = (source: string) => Buffer.from(assemble(source)).toString('hex');

// Expected bytes were read back with objdump -mi8086.
describe('assemble', () => {
  it('encodes registers, memory and immediates', () => {
    expect(hex('mov ax, 0x1234')).toBe('b83412');
    expect(hex('mov al, 5')).toBe('b005');
    expect(hex('mov ds, ax')).toBe('8ed8');
    expect(hex('mov [0x32], ax')).toBe('89063200');
    expect(hex('mov al, [si]')).toBe('8a04');
    expect(hex('mov al, [bx+0x10]')).toBe('8a871000');
    expect(hex('and al, 0xef')).toBe('80e0ef');
    expect(hex('in ax, dx')).toBe('ed');
    expect(hex('out 0x21, al')).toBe('e621');
    expect(hex('repe cmpsb')).toBe('f3a6');
  });

  it('resolves labels before and after their use, relative to the origin', () => {
    expect(hex('org 0x7c00\nagain: jmp after\njmp again\nafter: mov si, after')).toBe('e90300e9faffbe067c');
    expect(hex('here: jz here')).toBe('74fe');
  });

  it('writes data, constants and padding, and ignores comments outside quotes', () => {
    expect(hex(`N equ 3\ndb "a;b", 'c', N+1 ; rest\ndw 0xaa55-1\npad 9`)).toBe('613b62630454aa0000');
  });

  it.each([
    ['frobnicate ax', 'line 1: unknown instruction'],
    ['\nmov ax, nowhere', 'line 2: what is "nowhere"?'],
    ['a: hlt\na: hlt', 'line 2: "a" is defined twice'],
    ['hlt\npad 0', 'line 2: the code is 1 bytes too long'],
    ['org 0x100\njz far\npad 300\nfar: hlt', 'line 2: jz far: the target is out of reach'],
  ])('refuses %j', (source, message) => {
    expect(() => assemble(source)).toThrow(message);
  });
});
