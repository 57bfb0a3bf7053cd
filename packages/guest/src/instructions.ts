/** An operand as written; `code` is the number of a register, `text` the expression of an immediate or an address. */
export interface Operand {
  readonly kind: 'r8' | 'r16' | 'sreg' | 'imm' | 'mem';
  readonly code: number;
  readonly text: string;
}

/**
 * Encodings, in the notation of Intel's manual with operands numbered from 0: `B0+0` opcode plus register, `/1,0` a ModRM
 * byte whose reg field is operand 1 and whose r/m is operand 0, `/d4,0` the same with a digit as reg, `ib1`/`iw1` an
 * immediate, `cb0`/`cw0` a relative branch.
 */
const ENCODINGS: Readonly<Record<string, string>> = {
  'mov r8,imm': 'B0+0 ib1',
  'mov r16,imm': 'B8+0 iw1',
  'mov r8,r8': '88 /1,0',
  'mov r16,r16': '89 /1,0',
  'mov r8,mem': '8A /0,1',
  'mov r16,mem': '8B /0,1',
  'mov mem,r8': '88 /1,0',
  'mov mem,r16': '89 /1,0',
  'mov sreg,r16': '8E /0,1',
  'mov r16,sreg': '8C /1,0',
  'xor r16,r16': '31 /1,0',
  'xor r8,r8': '30 /1,0',
  'and r8,imm': '80 /d4,0 ib1',
  'or r8,imm': '80 /d1,0 ib1',
  'or r16,imm': '81 /d1,0 iw1',
  'or r8,r8': '08 /1,0',
  'test r8,imm': 'F6 /d0,0 ib1',
  'test r16,imm': 'F7 /d0,0 iw1',
  'cmp r8,imm': '80 /d7,0 ib1',
  'cmp r16,imm': '81 /d7,0 iw1',
  'cmp r16,r16': '39 /1,0',
  'add r16,imm': '81 /d0,0 iw1',
  'sub r16,imm': '81 /d5,0 iw1',
  'inc r16': '40+0',
  'dec r16': '48+0',
  'push r16': '50+0',
  'pop r16': '58+0',
  'in al,dx': 'EC',
  'in ax,dx': 'ED',
  'in al,imm': 'E4 ib1',
  'out dx,al': 'EE',
  'out dx,ax': 'EF',
  'out imm,al': 'E6 ib0',
  'int imm': 'CD ib0',
  'jmp imm': 'E9 cw0',
  'call imm': 'E8 cw0',
  'jz imm': '74 cb0',
  'jnz imm': '75 cb0',
  'jc imm': '72 cb0',
  'jnc imm': '73 cb0',
  'loop imm': 'E2 cb0',
  ret: 'C3',
  iret: 'CF',
  hlt: 'F4',
  cli: 'FA',
  sti: 'FB',
  cld: 'FC',
  lodsb: 'AC',
  lodsw: 'AD',
  stosb: 'AA',
  stosw: 'AB',
  'repe cmpsb': 'F3 A6',
};

const BASES: readonly string[] = ['', '', '', '', 'si', 'di', '', 'bx'];

/** The r/m field and displacement of `[reg]`, `[reg+expr]` or `[expr]`; 16-bit displacements only. */
function address(text: string): { mod: number; rm: number; displacement: string | undefined } {
  const [, base, rest] = /^(si|di|bx)(?:\s*\+\s*(.+))?$/.exec(text) ?? [];
  if (base === undefined) return { mod: 0, rm: 6, displacement: text };
  return { mod: rest === undefined ? 0 : 2, rm: BASES.indexOf(base), displacement: rest };
}

function find(mnemonic: string, operands: readonly Operand[]): string[] | undefined {
  const kinds = operands.map(({ kind }) => kind).join();
  const texts = operands.map(({ kind, text }) => (kind === 'imm' ? kind : text)).join();
  const encoding =
    ENCODINGS[operands.length === 0 ? mnemonic : `${mnemonic} ${texts}`] ?? ENCODINGS[`${mnemonic} ${kinds}`];
  return encoding?.split(' ');
}

/** The length of an instruction; undefined when this table does not know it. */
export function sizeOf(mnemonic: string, operands: readonly Operand[]): number | undefined {
  return encode(mnemonic, operands, 0, () => 0)?.length;
}

/** Machine code of an instruction at `at`; undefined when unknown or when a short branch cannot reach its target. */
export function encode(
  mnemonic: string,
  operands: readonly Operand[],
  at: number,
  evaluate: (text: string) => number,
): number[] | undefined {
  // A prefix is written before its instruction: "repe cmpsb".
  const joined =
    mnemonic === 'repe' && operands[0] !== undefined ? ([`repe ${operands[0].text}`, []] as const) : undefined;
  const parts = joined === undefined ? find(mnemonic, operands) : find(joined[0], joined[1]);
  if (parts === undefined) return undefined;
  const bytes: number[] = [];
  const word = (value: number) => bytes.push(value & 0xff, (value >> 8) & 0xff);
  for (const part of parts) {
    const [, opcode, register] = /^([0-9A-F]{2})(?:\+(\d))?$/.exec(part) ?? [];
    if (opcode !== undefined) {
      bytes.push(parseInt(opcode, 16) + (register === undefined ? 0 : (operands[Number(register)]?.code ?? 0)));
      continue;
    }
    const [, digit, reg, rm] = /^\/(d?)(\d),(\d)$/.exec(part) ?? [];
    if (reg !== undefined && rm !== undefined) {
      const field = digit === 'd' ? Number(reg) : (operands[Number(reg)]?.code ?? 0);
      const target = operands[Number(rm)];
      if (target?.kind !== 'mem') {
        bytes.push(0xc0 | (field << 3) | (target?.code ?? 0));
        continue;
      }
      const { mod, rm: base, displacement } = address(target.text);
      bytes.push((mod << 6) | (field << 3) | base);
      if (displacement !== undefined) word(evaluate(displacement));
      continue;
    }
    const value = evaluate(operands[Number(part[2])]?.text ?? '');
    if (part.startsWith('ib')) bytes.push(value & 0xff);
    else if (part.startsWith('iw')) word(value);
    else if (part.startsWith('cw')) word(value - (at + bytes.length + 2));
    else {
      const distance = value - (at + bytes.length + 1);
      // With at = 0 only the size is asked for.
      if (at !== 0 && (distance < -128 || distance > 127)) return undefined;
      bytes.push(distance & 0xff);
    }
  }
  return bytes;
}
