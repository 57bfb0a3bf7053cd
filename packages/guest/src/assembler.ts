import { type Operand, encode, sizeOf } from './instructions.js';

/** A source line that cannot be assembled; the message names the line. */
function refuse(line: number, why: string): never {
  throw new SyntaxError(`line ${line}: ${why}`);
}

interface Line {
  readonly number: number;
  readonly mnemonic: string;
  readonly operands: readonly string[];
}

/** Splits at commas that stand outside quotes. */
function splitOperands(text: string): string[] {
  const parts = text.match(/(?:'[^']*'|"[^"]*"|[^,'"])+/g);
  return parts === null ? [] : parts.map((part) => part.trim());
}

/** Removes a comment that starts outside quotes. */
function withoutComment(text: string): string {
  return /^(?:'[^']*'|"[^"]*"|[^;'"])*/.exec(text)?.[0] ?? '';
}

/**
 * Assembles 16-bit x86 code written in (a subset of) NASM's syntax: labels, `equ`, `org`, `db`, `dw`, `pad` (fill with
 * zeros up to an offset) and the instructions of instructions.ts. Branches on conditions are always short, `jmp` and
 * `call` always near, so that one pass fixes every address.
 */
export function assemble(source: string): Uint8Array {
  const symbols = new Map<string, number>();
  const lines: Line[] = [];
  const addresses: number[] = [];
  let origin = 0;
  let at = 0;

  const evaluate = (text: string, line: number): number => {
    let sum = 0;
    for (const [, sign, term = ''] of text.matchAll(/([+-]?)\s*('.'|[^\s+-]+)\s*/g)) {
      const value = term.startsWith("'") ? term.charCodeAt(1) : /^\d/.test(term) ? Number(term) : symbols.get(term);
      if (value === undefined || Number.isNaN(value)) refuse(line, `what is "${term}"?`);
      sum += sign === '-' ? -value : value;
    }
    return sum;
  };

  source.split('\n').forEach((raw, index) => {
    const number = index + 1;
    const parsed = /^\s*(?:(\w+):)?\s*(.*)$/.exec(withoutComment(raw).trimEnd());
    const [, label, rest = ''] = parsed ?? [];
    const define = (name: string, value: number) => {
      if (symbols.has(name)) refuse(number, `"${name}" is defined twice`);
      symbols.set(name, value);
    };
    if (label !== undefined) define(label, origin + at);
    const constant = /^(\w+)\s+equ\s+(.+)$/.exec(rest);
    if (constant?.[1] !== undefined && constant[2] !== undefined)
      return define(constant[1], evaluate(constant[2], number));
    if (rest === '') return;
    const [, mnemonic = '', operands = ''] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
    const line = { number, mnemonic, operands: splitOperands(operands) };
    if (mnemonic === 'org') {
      origin = evaluate(operands, number);
      return;
    }
    lines.push(line);
    addresses.push(at);
    at += size(line, at, evaluate);
  });

  const bytes = new Uint8Array(at);
  lines.forEach((line, index) => {
    const offset = addresses[index] ?? 0;
    bytes.set(emit(line, origin + offset, evaluate), offset);
  });
  return bytes;
}

type Evaluate = (text: string, line: number) => number;

const isText = (operand: string) => /^".*"$/.test(operand);

function size({ number, mnemonic, operands }: Line, at: number, evaluate: Evaluate): number {
  switch (mnemonic) {
    case 'db':
      return operands.reduce((sum, operand) => sum + (isText(operand) ? operand.length - 2 : 1), 0);
    case 'dw':
      return operands.length * 2;
    case 'pad': {
      const wanted = evaluate(operands[0] ?? '', number);
      if (wanted < at) refuse(number, `the code is ${at - wanted} bytes too long`);
      return wanted - at;
    }
    default:
      return sizeOf(mnemonic, operands.map(classify)) ?? refuse(number, `unknown instruction: ${mnemonic} ${operands}`);
  }
}

function emit({ number, mnemonic, operands }: Line, address: number, evaluate: Evaluate): number[] {
  switch (mnemonic) {
    case 'db':
      return operands.flatMap((operand) =>
        isText(operand) ? [...Buffer.from(operand.slice(1, -1), 'latin1')] : [evaluate(operand, number) & 0xff],
      );
    case 'dw':
      return operands.flatMap((operand) => {
        const value = evaluate(operand, number);
        return [value & 0xff, (value >> 8) & 0xff];
      });
    case 'pad':
      return [];
    default: {
      const code = encode(mnemonic, operands.map(classify), address, (text) => evaluate(text, number));
      return code ?? refuse(number, `${mnemonic} ${operands}: the target is out of reach`);
    }
  }
}

const REGISTERS = {
  r8: ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'],
  r16: ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'],
  sreg: ['es', 'cs', 'ss', 'ds'],
} as const;

function classify(text: string): Operand {
  for (const kind of ['r8', 'r16', 'sreg'] as const) {
    const code = (REGISTERS[kind] as readonly string[]).indexOf(text);
    if (code >= 0) return { kind, code, text };
  }
  const inner = /^\[(.+)\]$/.exec(text)?.[1];
  return inner === undefined ? { kind: 'imm', code: 0, text } : { kind: 'mem', code: 0, text: inner };
}
