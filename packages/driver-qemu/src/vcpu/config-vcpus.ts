import type { DomainDef, VcpuEntryDef } from '@virtkit/core/conf';

/** The processors of a definition, one by one; those that are not told of one by one come first. */
export function entriesOfConfig({ vcpu, vcpus }: DomainDef): VcpuEntryDef[] {
  const known = new Map(vcpus?.vcpu.map((one) => [one.id, one]));
  const current = vcpu.current ?? vcpu.value;
  return Array.from({ length: vcpu.value }, (_, id) => known.get(id) ?? { id, enabled: id < current });
}

function withEntries(def: DomainDef, entries: readonly VcpuEntryDef[], individual: boolean): DomainDef {
  const { vcpus: _, ...rest } = def;
  const { current: __, ...vcpu } = def.vcpu;
  const enabled = entries.filter((one) => one.enabled).length;
  const counted = { ...rest, vcpu: enabled === vcpu.value ? vcpu : { ...vcpu, current: enabled } };
  if (!individual) return counted;
  // What is to be there from the start says so, once any does not.
  return {
    ...counted,
    vcpus: {
      vcpu: entries.map(({ id, enabled: on, hotpluggable }) =>
        on ? { id, enabled: on, hotpluggable: hotpluggable ?? false } : { id, enabled: on },
      ),
    },
  };
}

/** qemuDomainSetVcpusConfig: that many processors, the lowest first; new ones may be such that can be unplugged. */
export function withVcpuCount(def: DomainDef, wanted: number, hotpluggable: boolean): DomainDef {
  const entries = entriesOfConfig(def);
  let count = entries.filter((one) => one.enabled).length;
  let individual = def.vcpus !== undefined;
  const changed = entries.map((one) => {
    if (one.enabled || count >= wanted) return one;
    count++;
    individual ||= hotpluggable;
    return { id: one.id, enabled: true, ...(hotpluggable && { hotpluggable: true }) };
  });
  for (let id = changed.length - 1; id >= 0 && count > wanted; id--) {
    if (changed[id]?.enabled !== true) continue;
    changed[id] = { id, enabled: false };
    count--;
  }
  return withEntries(def, changed, individual);
}

/** qemuDomainSetVcpuConfig: single processors on or off. */
export function withVcpusSet(def: DomainDef, ids: ReadonlySet<number>, enabled: boolean): DomainDef {
  const entries = entriesOfConfig(def).map((one) =>
    !ids.has(one.id) ? one : enabled ? { id: one.id, enabled, hotpluggable: true } : { id: one.id, enabled },
  );
  return withEntries(def, entries, true);
}

/** The definition with another greatest number of processors; pins of those that are gone go with them. */
export function withMaxVcpus(def: DomainDef, most: number): DomainDef {
  const { vcpus, vcpu, cputune, ...rest } = def;
  const current = Math.min(vcpu.current ?? vcpu.value, most);
  const { current: _, ...kept } = vcpu;
  const pins = cputune?.vcpupin?.filter((pin) => pin.vcpu < most);
  const { vcpupin: __, ...tune } = cputune ?? {};
  return {
    ...rest,
    vcpu: { ...kept, value: most, ...(current < most && { current }) },
    ...(cputune !== undefined && {
      cputune: pins === undefined || pins.length === 0 ? tune : { ...tune, vcpupin: pins },
    }),
    ...(vcpus !== undefined && {
      vcpus: {
        vcpu: Array.from(
          { length: most },
          (_, id) => vcpus.vcpu.find((one) => one.id === id) ?? { id, enabled: false },
        ),
      },
    }),
  };
}

/** Those processors that a guest has before others are plugged in. */
export function bootVcpus({ vcpu, vcpus }: DomainDef): number {
  if (vcpus === undefined) return vcpu.current ?? vcpu.value;
  return vcpus.vcpu.filter(({ enabled, hotpluggable }) => enabled && hotpluggable !== true).length;
}

/** Processors that are plugged in before the guest runs, in their order. */
export const pluggedVcpus = ({ vcpus }: DomainDef): number[] =>
  (vcpus?.vcpu ?? [])
    .filter(({ enabled, hotpluggable }) => enabled && hotpluggable === true)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ id }) => id);
