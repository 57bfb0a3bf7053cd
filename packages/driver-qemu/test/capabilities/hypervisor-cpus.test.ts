import { describe, expect, it } from 'vitest';
import { CPUCompareResult, ConnectBaselineCPUFlags, ErrorCode } from '@virtkit/core/util';
import {
  compareWithHypervisor,
  type HostCpuProperty,
  hypervisorBaseline,
  QemuCaps,
} from '../../src/capabilities/index.js';

const boolean = (name: string, value = true, migratable = true): HostCpuProperty => ({
  name,
  type: 'boolean',
  value,
  migratable,
});

function capsWith(arch: string, told: boolean): QemuCaps {
  const model = (name: string, ...blockers: string[]) => ({
    name,
    usable: blockers.length === 0 ? ('yes' as const) : ('no' as const),
    blockers,
  });
  const properties: HostCpuProperty[] = [
    { name: 'vendor', type: 'string', value: 'AuthenticAMD' },
    ...['fpu', 'vme', 'pse', 'tsc', 'xd'].map((name) => boolean(name)),
    boolean('svm', false),
    boolean('invtsc', true, false),
  ];
  return new QemuCaps({
    binary: '/usr/bin/qemu',
    binaryTime: 0,
    selfTime: 0,
    selfVersion: 0,
    version: 7_002_000,
    kvmVersion: 0,
    microcodeVersion: 0,
    package: '',
    arch,
    flags: new Set(['tcg', 'cpu-unavailable-features']),
    gic: [],
    accelerators: {
      tcg: {
        machines: [],
        cpuModels: [model('486'), model('pentium', 'msr')],
        ...(told ? { hostCpu: { model: 'base', migratability: true, properties } } : {}),
      },
    },
  });
}

const subject = (arch: string) => ({ emulator: '/usr/bin/qemu', arch, virtType: 'qemu', machine: 'pc' });
const unsupported = (message: RegExp) =>
  expect.objectContaining({ code: ErrorCode.OPERATION_UNSUPPORTED, message: expect.stringMatching(message) });

describe('comparing with what QEMU can give', () => {
  const compare = (xml: string, arch = 'x86_64', told = true) =>
    compareWithHypervisor(capsWith(arch, told), subject(arch), { arch: 'x86_64' }, xml, 0);

  it('answers for x86', async () => {
    expect(await compare('<cpu><model>486</model></cpu>')).toBe(CPUCompareResult.SUPERSET);
    expect(await compare('<cpu><model>486</model><vendor>Intel</vendor></cpu>')).toBe(CPUCompareResult.INCOMPATIBLE);
    const all = ['tsc', 'nx', 'invtsc'].map((name) => `<feature policy='require' name='${name}'/>`).join('');
    expect(await compare(`<cpu><model>486</model>${all}</cpu>`)).toBe(CPUCompareResult.IDENTICAL);
  });

  it('cannot where QEMU does not tell, or on other architectures', async () => {
    await expect(compare('<cpu/>', 'x86_64', false)).rejects.toThrowError(
      unsupported(/does not support reporting CPU model/),
    );
    await expect(compare('<cpu/>', 'ppc64', false)).rejects.toThrowError(
      unsupported(/reporting CPU model for virttype 'qemu'/),
    );
    await expect(compare('<cpu/>', 's390x')).rejects.toThrowError(unsupported(/not supported for arch s390x/));
  });
});

describe('baselines of what QEMU can give', () => {
  const baseline = (xml: string, flags = 0, arch = 'x86_64') =>
    hypervisorBaseline(capsWith(arch, true), subject(arch), [xml], flags);
  const features = ['svm', 'invtsc', 'avx'].map((name) => `<feature name='${name}'/>`).join('');
  const xml = `<cpu><arch>x86_64</arch><model>486</model>${features}</cpu>`;

  it('keep to features that QEMU knows and models that it has', () => {
    expect(baseline(xml)).toBe(`<cpu mode='custom' match='exact'>
  <model fallback='forbid'>486</model>
  <feature policy='require' name='svm'/>
  <feature policy='require' name='invtsc'/>
</cpu>
`);
    expect(baseline('<cpu><model>pentium</model></cpu>')).toContain(`<feature policy='disable' name='msr'/>`);
  });

  it('keep to what can be migrated on demand', () => {
    expect(baseline(xml, ConnectBaselineCPUFlags.MIGRATABLE)).not.toContain('invtsc');
  });

  it('are for x86 alone', () => {
    expect(() => baseline(xml, 0, 'ppc64')).toThrowError(unsupported(/not supported for arch ppc64/));
  });
});
