import type { DomainDef } from '@virtkit/core/conf';

/** virDomainDefGetVcpus: how many vCPUs the guest has now. */
export function vcpusOf({ vcpu }: DomainDef): number {
  return vcpu.current ?? vcpu.value;
}

/** The definition with that many vCPUs; pins of vCPUs that are gone go with them. */
export function withVcpus(def: DomainDef, count: number, maximum: number): DomainDef {
  const { current: _, ...vcpu } = def.vcpu;
  const changed: DomainDef = {
    ...def,
    vcpu: count < maximum ? { ...vcpu, value: maximum, current: count } : { ...vcpu, value: maximum },
  };
  const pins = def.cputune?.vcpupin;
  if (pins === undefined || maximum >= def.vcpu.value) return changed;
  return { ...changed, cputune: { ...def.cputune, vcpupin: pins.filter(({ vcpu: id }) => id < maximum) } };
}
