import { elementOf, formatDocument, hex, list, oneOf, parseDocument, req, attrOr } from '../../xml/index.js';
import type { CpuidLeaf, MsrValue, X86CpuData } from './x86-data.js';

const register = hex(8);

const cpuidLeaf = elementOf<CpuidLeaf>('cpuid', {
  eax_in: req(register),
  ecx_in: attrOr(register, 0),
  eax: attrOr(register, 0),
  ebx: attrOr(register, 0),
  ecx: attrOr(register, 0),
  edx: attrOr(register, 0),
});

const msrValue = elementOf<MsrValue>('msr', {
  index: req(hex(1)),
  edx: attrOr(register, 0),
  eax: attrOr(register, 0),
});

/** `<cpudata arch='x86'>` */
export const x86DataElement = elementOf<X86CpuData & { arch: 'x86' }>('cpudata', {
  arch: req(oneOf('x86')),
  cpuid: list(cpuidLeaf),
  msr: list(msrValue),
});

/** virCPUDataParse */
export function parseX86Data(text: string): X86CpuData {
  return parseDocument(x86DataElement, text);
}

/** virCPUDataFormat */
export function formatX86Data(data: X86CpuData): string {
  return formatDocument(x86DataElement, { arch: 'x86', ...data });
}
