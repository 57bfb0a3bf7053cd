import { describe, expect, it } from 'vitest';
import {
  fullHostCpu,
  type GuestCpuDef,
  hypervisorModels,
  parseGuestCpu,
  parseHostCpu,
  settleGuestCpu,
  updateLiveCpu,
} from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';
import { x86Map } from '../../../src/conf/cpu/x86/x86-map.js';

const guest = (attrs: string, body = '') => parseGuestCpu(`<cpu ${attrs}>${body}</cpu>`);
const feature = (name: string, policy = 'require') => `<feature policy='${policy}' name='${name}'/>`;
const told = ({ model, feature }: GuestCpuDef) => [
  model?.name,
  ...feature.map(({ name, policy }) => `${policy} ${name}`),
];
const failing = (code: ErrorCode, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('the CPU a guest gets', () => {
  const full = parseHostCpu(
    `<cpu><arch>x86_64</arch><model>Nehalem</model><vendor>Intel</vendor><feature name='vmx'/><feature name='invtsc'/></cpu>`,
  );
  const migratable = guest(
    `mode='custom' match='exact'`,
    `<model>Nehalem</model><vendor>Intel</vendor>${feature('vmx')}`,
  );
  const host = { full, migratable, models: hypervisorModels(['Nehalem', 'Penryn', 'EPYC', '486']) };
  const settle = (cpu: GuestCpuDef) => settleGuestCpu('x86_64', cpu, host);

  it('is left alone where nothing is asked', () => {
    const cpu = guest('', `<topology sockets='1' cores='2' threads='1'/>`);
    expect(settle(cpu)).toBe(cpu);
    expect(settle(guest(`mode='host-passthrough'`)).mode).toBe('host-passthrough');
  });

  it('is the host’s for host-model', () => {
    const cpu = settle(
      guest(`mode='host-model' check='partial'`, `<model fallback='allow'/>${feature('aes', 'optional')}`),
    );
    expect(cpu).toMatchObject({ mode: 'custom', match: 'exact', vendor: 'Intel', model: { fallback: 'forbid' } });
    expect(told(cpu)).toEqual(['Nehalem', 'require vmx', 'disable aes']);
  });

  it('is another model with the same features where the hypervisor lacks the one named', () => {
    expect(told(settle(guest('', '<model>Westmere</model>')))).toEqual(['Nehalem', 'require aes']);
    expect(() => settle(guest('', `<model fallback='forbid'>Westmere</model>`))).toThrowError(
      failing(ErrorCode.CONFIG_UNSUPPORTED, /Westmere is not supported/),
    );
  });

  it('has nothing that is the host’s kernel’s', () => {
    const features = ['osxsave', 'cmt', 'aes'].map((name) => feature(name)).join('');
    expect(told(settle(guest('', `<model>EPYC</model>${features}`)))).toEqual([
      'EPYC',
      'require aes',
      'disable monitor',
    ]);
  });

  it('is checked as far as asked', () => {
    const incompatible = (message: RegExp) => failing(ErrorCode.CPU_INCOMPATIBLE, message);
    expect(told(settle(guest('', '<model>EPYC</model>')))[0]).toBe('EPYC');
    expect(() => settle(guest(`check='partial'`, '<model>EPYC</model>'))).toThrowError(
      incompatible(/required features/),
    );
    expect(() => settle(guest(`check='partial'`, `<model>486</model>${feature('vmx', 'forbid')}`))).toThrowError(
      incompatible(/forbidden feature 'vmx'/),
    );
    expect(told(settle(guest('', `<model>486</model>${feature('vmx', 'forbid')}`)))).toEqual(['486', 'forbid vmx']);
  });

  it('has no features that are none, in any mode', () => {
    const unsupported = failing(ErrorCode.CONFIG_UNSUPPORTED, /unknown CPU feature: warp/);
    expect(() => settle(guest(`mode='maximum'`, feature('warp')))).toThrowError(unsupported);
    expect(() => settle(guest('', `<model>Unknown</model>${feature('warp', 'optional')}`))).toThrowError(unsupported);
    expect(() => settleGuestCpu('aarch64', guest('', `<model>a</model>${feature('warp')}`), {})).toThrowError(
      unsupported,
    );
    expect(settleGuestCpu('riscv64', guest(`mode='maximum'`, feature('warp')), {}).feature).toHaveLength(1);
  });
});

describe('the CPU guests are checked against', () => {
  it('has what the host has and what the hypervisor gives besides', () => {
    const host = parseHostCpu(`<cpu><arch>x86_64</arch><model>Nehalem</model><feature name='vmx'/></cpu>`);
    const given = guest('', `<model>Penryn</model>${feature('x2apic')}${feature('vmx', 'disable')}`);
    expect(fullHostCpu(host, given).feature).toEqual([{ name: 'vmx' }, { name: 'x2apic' }]);
    expect(fullHostCpu(host, guest('', '<model>Penryn</model>'))).toBe(host);
    const power = parseHostCpu('<cpu><arch>ppc64</arch><model>POWER8</model></cpu>');
    expect(fullHostCpu(power, guest('', '<model>POWER8</model>'))).toBe(power);
  });
});

describe('the CPU of a running guest', () => {
  const map = x86Map();
  const live = (on: string[], off: string[] = []) => ({ enabled: map.setOf(on), disabled: map.setOf(off) });
  const asked = (check: string, mode = 'custom') =>
    guest(`mode='${mode}' check='${check}'`, `<model>486</model>${feature('sse')}${feature('aes', 'disable')}`);

  it('is what was asked for', () => {
    const cpu = updateLiveCpu('x86_64', asked('full'), live(['fpu', 'vme', 'pse', 'sse']));
    expect(cpu).toEqual(asked('full'));
  });

  it('is told as it came', () => {
    const cpu = updateLiveCpu('x86_64', asked('partial'), live(['fpu', 'pse', 'sse', 'hypervisor'], ['svm']));
    expect(told(cpu)).toEqual([
      '486',
      'require sse',
      'disable aes',
      'disable vme',
      'require hypervisor',
      'disable svm',
    ]);
  });

  it('may not differ if fully checked', () => {
    expect(() => updateLiveCpu('x86_64', asked('full'), live(['fpu', 'pse', 'sse', 'hypervisor']))).toThrowError(
      failing(ErrorCode.OPERATION_FAILED, /extra features: hypervisor, missing features: vme/),
    );
  });

  it('may have anything more that the host passes through', () => {
    const cpu = guest(`mode='host-passthrough' check='full'`, feature('aes', 'disable'));
    expect(updateLiveCpu('x86_64', cpu, live(['fpu', 'avx']))).toEqual(cpu);
    expect(() => updateLiveCpu('x86_64', cpu, live(['fpu', 'aes']))).toThrowError(/extra features: aes/);
  });

  it('stays as it was for architectures whose features nobody here knows', () => {
    expect(updateLiveCpu('s390x', asked('full'), live(['fpu']))).toEqual(asked('full'));
  });
});
