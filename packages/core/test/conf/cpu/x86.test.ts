import { describe, expect, it } from 'vitest';
import {
  baselineCpu,
  baselineCpuXml,
  baselineHypervisorCpuXml,
  compareCpu,
  compareCpuXml,
  cpuHasFeature,
  cpuModelNames,
  expandCpu,
  formatX86Data,
  hypervisorModels,
  migratableCpu,
  parseGuestCpu,
  parseHostCpu,
  parseX86Data,
  translateCpu,
  updateCpu,
  x86DataOf,
  x86Decode,
  x86Facts,
  x86FactsFromQemu,
  x86ModelsFromQemu,
  x86SignatureOf,
} from '@virtkit/core/conf';
import { ConnectBaselineCPUFlags, ConnectCompareCPUFlags, CPUCompareResult, ErrorCode } from '@virtkit/core/util';
import { x86Map } from '../../../src/conf/cpu/x86/x86-map.js';

const features = (...names: string[]) => names.map((name) => `<feature name='${name}'/>`).join('');
const host = (model: string, ...names: string[]) =>
  parseHostCpu(`<cpu><arch>x86_64</arch><model>${model}</model>${features(...names)}</cpu>`);
const custom = (model: string, rest = '', match = 'exact') =>
  parseGuestCpu(`<cpu mode='custom' match='${match}'><model>${model}</model>${rest}</cpu>`);
const policies = (cpu: { feature: { name: string; policy?: string }[] }) =>
  cpu.feature.map(({ name, policy }) => `${policy} ${name}`);

describe('the map of x86 models', () => {
  const map = x86Map();

  it('names every feature and every bit once', () => {
    const places = map.features.map(({ source, bit }) => JSON.stringify([source, bit]));
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(map.features.map(({ name }) => name)).size).toBe(places.length);
  });

  it('has models that are what differs from another model', () => {
    const names = (model: string) => [...map.model(model).features].map((index) => map.features[index]!.name);
    expect(names('486')).toEqual(['fpu', 'vme', 'pse']);
    expect(names('Westmere')).toEqual(expect.arrayContaining([...names('Nehalem'), 'aes']));
    expect(names('Haswell')).toHaveLength(names('Haswell-noTSX').length + 2);
    expect(cpuModelNames('x86_64')).toContain('EPYC-Milan');
  });
});

describe('comparing', () => {
  const nehalem = host('Nehalem', 'vmx');

  it.each([
    ['identical', custom('Nehalem', `<feature policy='require' name='vmx'/>`)],
    ['superset', custom('Nehalem')],
    ['incompatible', custom('Westmere')],
    ['incompatible', custom('Nehalem', '', 'strict')],
    ['incompatible', custom('Nehalem', `<feature policy='forbid' name='vmx'/>`)],
    ['superset', custom('Westmere', `<feature policy='disable' name='aes'/>`)],
    ['superset', custom('Westmere', `<feature policy='force' name='aes'/>`)],
    ['superset', custom('Westmere', `<feature policy='optional' name='aes'/>`)],
    ['incompatible', custom('Nehalem', '<vendor>AMD</vendor>')],
    ['identical', host('Nehalem', 'vmx')],
    ['incompatible', parseHostCpu('<cpu><arch>ppc64</arch><model>POWER8</model></cpu>')],
    ['superset', parseGuestCpu(`<cpu mode='host-model'/>`)],
  ] as const)('finds %s', (result, cpu) => {
    expect(compareCpu('x86_64', nehalem, cpu).result).toBe(result);
  });

  it('says what is missing', async () => {
    expect(compareCpu('x86_64', nehalem, custom('Westmere'))).toMatchObject({ reason: expect.stringContaining('aes') });
    const fail = ConnectCompareCPUFlags.FAIL_INCOMPATIBLE;
    await expect(compareCpuXml('x86_64', nehalem, '<cpu><model>Westmere</model></cpu>', fail)).rejects.toThrowError(
      expect.objectContaining({ code: ErrorCode.CPU_INCOMPATIBLE }),
    );
    expect(await compareCpuXml('x86_64', nehalem, '<cpu><model>Westmere</model></cpu>', 0)).toBe(
      CPUCompareResult.INCOMPATIBLE,
    );
    expect(await compareCpuXml('x86_64', undefined, '<cpu/>', 0)).toBe(CPUCompareResult.INCOMPATIBLE);
  });

  it('refuses names it does not know', () => {
    const internal = expect.objectContaining({ code: ErrorCode.INTERNAL_ERROR });
    expect(() => compareCpu('x86_64', nehalem, custom('Vax'))).toThrowError(internal);
    expect(() => compareCpu('x86_64', nehalem, custom('486', features('warp')))).toThrowError(internal);
    expect(() => compareCpu('riscv64', nehalem, custom('486'))).toThrowError(
      expect.objectContaining({ code: ErrorCode.NO_SUPPORT }),
    );
  });

  it('tests single features', () => {
    expect(cpuHasFeature('x86_64', nehalem, 'vmx')).toBe(true);
    expect(cpuHasFeature('x86_64', nehalem, 'sse2')).toBe(true);
    expect(cpuHasFeature('x86_64', nehalem, 'svm')).toBe(false);
  });
});

describe('baselines', () => {
  it('keep the model all have', () => {
    const cpu = baselineCpu(undefined, [host('Haswell', 'vmx'), host('Haswell', 'vmx', 'ht')]);
    expect(cpu.model).toEqual({ fallback: 'forbid', name: 'Haswell' });
    expect(policies(cpu)).toEqual(['require vmx']);
  });

  it('prefer the less capable of the models given', () => {
    const cpu = baselineCpu(undefined, [host('Westmere', 'avx'), host('Nehalem', 'avx')]);
    expect(cpu.model).toEqual({ fallback: 'allow', name: 'Nehalem' });
    expect(policies(cpu)).toEqual(['require avx']);
  });

  it('would rather switch few features off than tell many', () => {
    // Westmere would need three more features and lose none; SandyBridge loses two.
    const cpu = baselineCpu(undefined, [host('Opteron_G5'), host('IvyBridge')]);
    expect(cpu.model?.name).toBe('SandyBridge');
    expect(policies(cpu)).toEqual(['require f16c', 'disable x2apic', 'disable tsc-deadline']);
    expect(baselineCpu(undefined, [host('IvyBridge'), host('Opteron_G5')]).model?.name).toBe('kvm64');
  });

  it('name the vendor only if all do', () => {
    const intel = { ...host('Penryn'), vendor: 'Intel' };
    expect(baselineCpu(undefined, [intel, intel]).vendor).toBe('Intel');
    expect(baselineCpu(undefined, [intel, host('Penryn')]).vendor).toBeUndefined();
    const failed = expect.objectContaining({ code: ErrorCode.OPERATION_FAILED });
    expect(() => baselineCpu(undefined, [intel, { ...host('EPYC'), vendor: 'AMD' }])).toThrowError(failed);
    expect(() => baselineCpu(undefined, [{ ...host('486'), vendor: 'Nobody' }])).toThrowError(failed);
  });

  it('need at least one CPU, with a model', () => {
    const invalid = expect.objectContaining({ code: ErrorCode.INVALID_ARG });
    expect(() => baselineCpu('x86_64', [])).toThrowError(invalid);
    expect(() => baselineCpu('x86_64', [parseGuestCpu('<cpu/>')])).toThrowError(invalid);
  });

  const xml = `<cpu><arch>x86_64</arch><model>EPYC</model>${features('osxsave', 'invtsc')}</cpu>`;

  it('of hosts leave out what is the kernel’s, and on demand what hinders migration', () => {
    expect(baselineCpuXml([xml], 0)).toBe(`<cpu mode='custom' match='exact'>
  <model fallback='forbid'>EPYC</model>
  <feature policy='require' name='invtsc'/>
  <feature policy='disable' name='monitor'/>
</cpu>
`);
    expect(baselineCpuXml([xml], ConnectBaselineCPUFlags.MIGRATABLE)).not.toContain('invtsc');
    // What hinders migration but is the model's own stays.
    const milan = '<cpu><arch>x86_64</arch><model>EPYC-Milan</model></cpu>';
    expect(baselineCpuXml([milan], ConnectBaselineCPUFlags.MIGRATABLE)).not.toContain('xsaves');
    expect(() => baselineCpuXml(['<cpu><model>EPYC</model></cpu>'], 0)).toThrowError(/architecture/);
  });

  it('list all features on demand, by name', () => {
    const text = baselineCpuXml([xml], ConnectBaselineCPUFlags.EXPAND_FEATURES);
    const names = [...text.matchAll(/name='([^']*)'/g)].map((match) => match[1]);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('sse4a');
  });

  it('of a hypervisor use its models and features', () => {
    const text = baselineHypervisorCpuXml(
      { arch: 'x86_64', models: hypervisorModels(['486', 'pentium3']), features: ['fpu', 'vme', 'pse', 'tsc', 'sse'] },
      ['<cpu><model>Haswell</model></cpu>', '<cpu><model>Westmere</model></cpu>'],
      0,
    );
    expect(text).toBe(`<cpu mode='custom' match='exact'>
  <model fallback='forbid'>486</model>
  <feature policy='require' name='tsc'/>
  <feature policy='require' name='sse'/>
  <feature policy='disable' name='vme'/>
</cpu>
`);
  });
});

describe('guests on a host', () => {
  const penryn = { ...host('Penryn', 'vmx', 'invtsc'), vendor: 'Intel' };

  it('take the host’s model for host-model', () => {
    const guest = parseGuestCpu(`<cpu mode='host-model'><feature policy='disable' name='vmx'/></cpu>`);
    const cpu = updateCpu('x86_64', guest, migratableCpu('x86_64', penryn));
    expect(cpu).toMatchObject({ mode: 'custom', match: 'exact', vendor: 'Intel', model: { name: 'Penryn' } });
    expect(policies(cpu)).toEqual(['disable vmx']);
  });

  it('take all of the host for a minimum', () => {
    const cpu = updateCpu('x86_64', custom('pentium3', '', 'minimum'), penryn);
    expect(cpu).toMatchObject({ match: 'exact', model: { fallback: 'allow', name: 'Penryn' } });
    expect(cpu.vendor).toBeUndefined();
    expect(policies(cpu)).toEqual(['require vmx', 'require invtsc']);
  });

  it('settle what is optional', () => {
    const rest = `<feature policy='optional' name='vmx'/><feature policy='optional' name='svm'/>`;
    expect(policies(updateCpu('x86_64', custom('Conroe', rest), penryn))).toEqual(['require vmx', 'disable svm']);
  });

  it('switch off what their model lost', () => {
    expect(policies(updateCpu('x86_64', custom('EPYC'), penryn))).toEqual(['disable monitor']);
  });

  it('need to know the host where they ask for it', () => {
    expect(updateCpu('x86_64', custom('Conroe'), undefined)).toEqual(custom('Conroe'));
    expect(updateCpu('x86_64', parseGuestCpu(`<cpu mode='host-passthrough'/>`), undefined).mode).toBe(
      'host-passthrough',
    );
    expect(() => updateCpu('x86_64', parseGuestCpu(`<cpu mode='host-model'/>`), undefined)).toThrowError(
      expect.objectContaining({ code: ErrorCode.CONFIG_UNSUPPORTED }),
    );
  });

  it('are told by a model the hypervisor has, unless forbidden', () => {
    const cpu = translateCpu('x86_64', custom('Westmere'), hypervisorModels(['Nehalem', 'qemu64']));
    expect(cpu.model?.name).toBe('Nehalem');
    expect(policies(cpu)).toEqual(['require aes']);
    const forbidden = parseGuestCpu(`<cpu><model fallback='forbid'>Westmere</model></cpu>`);
    expect(() => translateCpu('x86_64', forbidden, hypervisorModels(['Nehalem']))).toThrowError(
      expect.objectContaining({ code: ErrorCode.CONFIG_UNSUPPORTED }),
    );
  });

  it('expand to all features', () => {
    expect(policies(expandCpu('x86_64', custom('486', `<feature policy='disable' name='vme'/>`)))).toEqual([
      'require fpu',
      'require pse',
      'disable vme',
    ]);
  });
});

describe('decoding', () => {
  const map = x86Map();
  const facts = (model: string, vendor: string, family: number, number: number, stepping = 1) => ({
    features: map.model(model).features,
    vendor,
    signature: { family, model: number, stepping },
  });

  it('tells every model by itself', () => {
    for (const model of map.models) {
      const range = model.signatures[0];
      if (!model.decodes.host || range === undefined) continue;
      const signature = { family: range.family, model: range.model, stepping: range.firstStepping ?? 0 };
      const told = x86Decode({ features: model.features, vendor: model.vendor, signature }, { kind: 'host' });
      const dropped = /Haswell(-IBRS)?$/.test(model.name) ? model.name.replace('Haswell', 'Haswell-noTSX') : model.name;
      expect([told.model, told.features], model.name).toEqual([dropped, []]);
    }
  });

  it('comes back from CPUID', () => {
    for (const model of ['Haswell-noTSX', 'EPYC-Rome', 'Cooperlake']) {
      const known = facts(model, map.model(model).vendor as string, 6, 0x3f, 4);
      const text = formatX86Data(x86DataOf(known));
      expect(x86Facts(parseX86Data(text))).toEqual(known);
    }
  });

  it.each([
    [0x800f12, 23, 1, 2],
    [0x0306f2, 6, 63, 2],
    [0x000f48, 15, 4, 8],
    [0x00000543, 5, 4, 3],
  ])('reads the signature %i', (eax, family, model, stepping) => {
    const data = { cpuid: [{ eax_in: 1, ecx_in: 0, eax, ebx: 0, ecx: 0, edx: 0 }], msr: [] };
    expect(x86SignatureOf(data)).toEqual({ family, model, stepping });
  });

  it('does not believe early Haswells about TSX', () => {
    expect(x86Decode(facts('Haswell', 'Intel', 6, 63, 2), { kind: 'host' }).model).toBe('Haswell-noTSX');
    expect(x86Decode(facts('Haswell', 'Intel', 6, 63, 4), { kind: 'host' }).model).toBe('Haswell');
  });

  it('reads QEMU’s words and heeds what blocks its models', () => {
    const told = x86FactsFromQemu({
      vendor: 'AuthenticAMD',
      family: 23,
      model: 1,
      stepping: 2,
      fpu: true,
      pse: true,
      vme: true,
      'sse4-1': true,
      xd: true,
      svm: false,
      'kvm-steal-time': true,
    });
    expect([...told.features].map((index) => map.features[index]!.name)).toEqual(['fpu', 'vme', 'pse', 'sse4.1', 'nx']);
    const models = x86ModelsFromQemu([{ name: '486', 'unavailable-features': ['xd', 'vme'] }, { name: 'base' }]);
    const cpu = x86Decode(told, { kind: 'guest', models });
    expect([cpu.model, cpu.vendor, policies({ feature: cpu.features })]).toEqual([
      '486',
      'AMD',
      ['require sse4.1', 'require nx', 'disable vme'],
    ]);
    expect(() => x86Decode(told, { kind: 'guest', models: hypervisorModels(['none']) })).toThrowError(/suitable/);
  });
});
