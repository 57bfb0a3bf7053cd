import { describe, expect, it } from 'vitest';
import {
  armModelByMidr,
  baselineCpu,
  compareCpu,
  convertLegacyCpu,
  cpuModelNames,
  cpuHasFeature,
  expandCpu,
  parseGuestCpu,
  parseHostCpu,
  ppc64ModelByPvr,
  translateCpu,
  hypervisorModels,
  updateCpu,
} from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';

const host = (arch: string, model: string, rest = '') =>
  parseHostCpu(`<cpu><arch>${arch}</arch><model>${model}</model>${rest}</cpu>`);
const custom = (model: string) => parseGuestCpu(`<cpu mode='custom' match='exact'><model>${model}</model></cpu>`);
const hostModel = (model = '') => parseGuestCpu(`<cpu mode='host-model'>${model}</cpu>`);
const failing = (code: ErrorCode) => expect.objectContaining({ code });

describe('ppc64', () => {
  const power8 = host('ppc64', 'POWER8', '<vendor>IBM</vendor>');

  it.each([
    ['identical', custom('POWER8')],
    ['incompatible', custom('POWER7')],
    ['identical', hostModel()],
    ['identical', hostModel('<model>power7</model>')],
    ['identical', hostModel('<model>power8</model>')],
    ['incompatible', hostModel('<model>power9</model>')],
    ['incompatible', host('x86_64', '486')],
    ['incompatible', host('ppc64', 'POWER8', '<vendor>Freescale</vendor>')],
    ['identical', host('ppc64le', 'POWER8')],
  ] as const)('is %s', (result, cpu) => {
    expect(compareCpu('ppc64', power8, cpu).result).toBe(result);
  });

  it('refuses modes and models it does not know', () => {
    expect(() => compareCpu('ppc64', power8, hostModel('<model>power8+</model>'))).toThrowError(/power8\+/);
    expect(() => compareCpu('ppc64', power8, custom('POWER8_v1.0'))).toThrowError(failing(ErrorCode.INTERNAL_ERROR));
  });

  it('knows the names of the past', () => {
    expect(convertLegacyCpu('ppc64', custom('POWER8_v1.0')).model?.name).toBe('POWER8');
    expect(convertLegacyCpu('ppc64', custom('POWER9')).model?.name).toBe('POWER9');
  });

  it('has baselines of equal models only', () => {
    expect(baselineCpu(undefined, [power8, power8])).toEqual({
      mode: 'custom',
      match: 'exact',
      model: { fallback: 'forbid', name: 'POWER8' },
      feature: [],
    });
    const failed = failing(ErrorCode.OPERATION_FAILED);
    expect(() => baselineCpu(undefined, [power8, host('ppc64', 'POWER7')])).toThrowError(failed);
    expect(() => baselineCpu(undefined, [host('ppc64', 'POWER8', '<vendor>Intel</vendor>')])).toThrowError(failed);
  });

  it('leaves a host-model guest as it is', () => {
    expect(updateCpu('ppc64', hostModel(), power8)).toEqual(hostModel());
  });

  it('cannot translate models', () => {
    expect(() => translateCpu('ppc64', custom('POWER7'), hypervisorModels(['POWER8']))).toThrowError(
      failing(ErrorCode.NO_SUPPORT),
    );
  });

  it('reads the processor version register', () => {
    expect(ppc64ModelByPvr(0x004b0201)).toEqual({ model: 'POWER8', vendor: 'IBM' });
    expect(ppc64ModelByPvr(0x80240011)?.model).toBe('POWERPC_e5500');
    expect(ppc64ModelByPvr(0x00120000)).toBeUndefined();
  });
});

describe('Arm', () => {
  const a72 = host('aarch64', 'cortex-a72', '<vendor>ARM</vendor>');

  it('accepts any guest and compares hosts', () => {
    expect(compareCpu('aarch64', a72, custom('anything')).result).toBe('identical');
    expect(compareCpu('aarch64', a72, host('aarch64', 'cortex-a53')).result).toBe('incompatible');
    expect(compareCpu('aarch64', a72, a72).result).toBe('identical');
    expect(cpuModelNames('aarch64')).toBeUndefined();
  });

  it('takes the first CPU as the baseline', () => {
    const cpu = baselineCpu(undefined, [a72, host('aarch64', 'cortex-a53')]);
    expect(cpu).toMatchObject({ model: { fallback: 'allow', name: 'cortex-a72' }, feature: [] });
  });

  it('resolves host-model', () => {
    expect(updateCpu('aarch64', hostModel(), a72)).toMatchObject({ mode: 'custom', model: { name: 'cortex-a72' } });
  });

  it('knows its vector features', () => {
    const sve = host('aarch64', 'a64fx', `<feature name='sve512'/>`);
    expect(cpuHasFeature('aarch64', sve, 'sve512')).toBe(true);
    expect(cpuHasFeature('aarch64', sve, 'sve256')).toBe(false);
    expect(() => cpuHasFeature('aarch64', sve, 'sse')).toThrowError(failing(ErrorCode.INTERNAL_ERROR));
    expect(expandCpu('aarch64', sve)).toEqual(sve);
  });

  it('reads the main identification register', () => {
    expect(armModelByMidr(0x410fd083)).toEqual({ model: 'cortex-a72', vendor: 'ARM' });
    expect(armModelByMidr(0x410fffff)).toEqual({ vendor: 'ARM' });
    expect(armModelByMidr(0x000f0000)).toEqual({});
  });
});

describe('s390', () => {
  const z14 = host('s390x', 'z14', `<feature name='vx'/>`);

  it('leaves comparing to the hypervisor and has no baselines', () => {
    expect(compareCpu('s390x', z14, custom('z15')).result).toBe('identical');
    expect(() => baselineCpu(undefined, [z14])).toThrowError(failing(ErrorCode.NO_SUPPORT));
  });

  it('resolves host-model alone', () => {
    expect(updateCpu('s390x', hostModel(), z14)).toMatchObject({
      model: { name: 'z14' },
      feature: [{ policy: 'require', name: 'vx' }],
    });
    const minimum = parseGuestCpu(`<cpu mode='custom' match='minimum'><model>z13</model></cpu>`);
    expect(() => updateCpu('s390x', minimum, z14)).toThrowError(failing(ErrorCode.CONFIG_UNSUPPORTED));
  });
});
