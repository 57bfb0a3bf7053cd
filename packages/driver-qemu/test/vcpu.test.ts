import { describe, expect, it } from 'vitest';
import { combineVcpus, cpuDataOfFeatureWords, type HotpluggableCpu, type RunningCpu } from '../src/vcpu/index.js';

/** Slots of a machine with one thread per core, told as QEMU tells them: last first */
const slots = (paths: (string | undefined)[]): HotpluggableCpu[] =>
  paths
    .map((path, core) => ({
      type: 'cpu',
      'vcpus-count': 2,
      props: { 'core-id': core * 8 },
      ...(path !== undefined && { 'qom-path': path }),
    }))
    .reverse();

const threads = (paths: string[]): RunningCpu[] =>
  paths.map((path, index) => ({ 'cpu-index': index, 'qom-path': path, 'thread-id': 100 + index }));

const BOOT = '/machine/unattached/device[1]';

describe('vCPUs', () => {
  it('keep their numbers whatever the order in which slots were filled', () => {
    const vcpus = combineVcpus(
      slots([BOOT, '/machine/peripheral/vcpu2', '/machine/peripheral/vcpu4', undefined]),
      threads([
        `${BOOT}/thread[0]`,
        `${BOOT}/thread[1]`,
        '/machine/peripheral/vcpu4/thread[0]',
        '/machine/peripheral/vcpu4/thread[1]',
        '/machine/peripheral/vcpu2/thread[0]',
        '/machine/peripheral/vcpu2/thread[1]',
      ]),
      8,
    );
    expect(vcpus.map(({ threadId }) => threadId)).toEqual([100, 101, 104, 105, 102, 103, undefined, undefined]);
    expect(vcpus.map(({ slot }) => slot?.enableId)).toEqual([
      1,
      undefined,
      3,
      undefined,
      2,
      undefined,
      undefined,
      undefined,
    ]);
    expect(vcpus.map(({ hotpluggable }) => hotpluggable)).toEqual([false, false, true, true, true, true, true, true]);
    expect(vcpus[2]?.slot).toMatchObject({ alias: 'vcpu2', topology: { 'core-id': 8 }, vcpus: 2 });
  });

  it('does not take one path for the start of another', () => {
    const vcpus = combineVcpus(slots(['/machine/a[1]', '/machine/a[10]']), threads(['/machine/a[10]']), 4);
    expect(vcpus.map(({ online }) => online)).toEqual([false, false, true, false]);
  });

  it('refuses a machine with more slots than the domain allows', () => {
    expect(() => combineVcpus(slots([undefined, undefined]), [], 3)).toThrow(/4 vCPUs/);
  });
});

describe('feature words', () => {
  it('become CPUID leaves in order, without empty ones', () => {
    const data = cpuDataOfFeatureWords([
      { 'cpuid-register': 'EDX', 'cpuid-input-eax': 0x80000001, features: 0xf0000000 },
      { 'cpuid-register': 'EBX', 'cpuid-input-eax': 7, 'cpuid-input-ecx': 0, features: 0 },
      { 'cpuid-register': 'ECX', 'cpuid-input-eax': 1, features: 5 },
      { 'cpuid-register': 'EDX', 'cpuid-input-eax': 1, features: 6 },
    ]);
    expect(data.cpuid).toEqual([
      { eax_in: 1, ecx_in: 0, eax: 0, ebx: 0, ecx: 5, edx: 6 },
      { eax_in: 0x80000001, ecx_in: 0, eax: 0, ebx: 0, ecx: 0, edx: 0xf0000000 },
    ]);
  });
});
