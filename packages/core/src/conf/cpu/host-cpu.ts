import { armModelByMidr } from './arm.js';
import type { CpuFeatureDef, HostCpuDef } from './cpu-def.js';
import { ARM_FEATURES } from './map/models.js';
import { ppc64ModelByPvr } from './ppc64.js';
import type { X86Facts } from './x86/x86-data.js';
import { x86Decode } from './x86/x86-decode.js';
import { x86FactsFromCpuinfo } from './x86/x86-linux.js';

export interface HostCpuFacts {
  readonly arch: string;
  /** The first processor's fields in /proc/cpuinfo. */
  readonly cpuinfo: ReadonlyMap<string, string>;
  /** What CPUID says, where it could be asked. */
  readonly x86?: X86Facts | undefined;
}

/** virCPUGetHost: the host's CPU by libvirt's names; without a model where it is of none that is known. */
export function hostCpuOf({ arch, cpuinfo, x86 }: HostCpuFacts): HostCpuDef {
  switch (arch) {
    case 'x86_64':
    case 'i686':
      return x86Host(arch, cpuinfo, x86 ?? x86FactsFromCpuinfo(cpuinfo));
    case 'ppc64':
    case 'ppc64le': {
      const match = /\(pvr ([0-9a-f]{4}) ([0-9a-f]{4})\)/i.exec(cpuinfo.get('revision') ?? '');
      return named(arch, match === null ? undefined : ppc64ModelByPvr(parseInt(match[1]! + match[2]!, 16)));
    }
    case 'aarch64':
    case 'armv6l':
    case 'armv7l':
    case 'armv7b': {
      const number = (field: string) => Number(cpuinfo.get(field) ?? NaN);
      const [implementer, part] = [number('CPU implementer'), number('CPU part')];
      const known = Number.isNaN(implementer + part) ? {} : armModelByMidr((implementer << 24) | (part << 4));
      const words = (cpuinfo.get('Features') ?? '').split(' ');
      return named(
        arch,
        known,
        ARM_FEATURES.filter((name) => words.includes(name)),
      );
    }
    default:
      return { arch, feature: [] };
  }
}

function named(
  arch: string,
  known: { readonly model?: string; readonly vendor?: string } = {},
  features: readonly string[] = [],
): HostCpuDef {
  return {
    arch,
    ...(known.model === undefined ? {} : { model: { name: known.model } }),
    ...(known.vendor === undefined ? {} : { vendor: known.vendor }),
    feature: features.map((name): CpuFeatureDef => ({ name })),
  };
}

function x86Host(arch: string, cpuinfo: ReadonlyMap<string, string>, facts: X86Facts): HostCpuDef {
  if (facts.features.isEmpty) return named(arch);
  const decoded = x86Decode(facts, { kind: 'host' });
  const microcode = Number(cpuinfo.get('microcode') ?? NaN);
  const bits = /^(\d+) bits physical/.exec(cpuinfo.get('address sizes') ?? '')?.[1];
  return {
    arch,
    model: { name: decoded.model },
    ...(decoded.vendor === undefined ? {} : { vendor: decoded.vendor }),
    ...(microcode > 0 ? { microcode: { version: microcode } } : {}),
    ...(decoded.signature === undefined ? {} : { signature: decoded.signature }),
    ...(bits === undefined ? {} : { maxphysaddr: { mode: 'emulate', bits: Number(bits) } }),
    feature: decoded.features,
  };
}
