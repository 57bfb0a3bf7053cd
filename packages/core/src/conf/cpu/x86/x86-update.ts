import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { isHostCpu, withFeature, type CpuDef, type CpuFeatureDef, type GuestCpuDef } from '../cpu-def.js';
import { withHostModel } from '../host-model.js';
import type { HypervisorCpuModels } from '../hypervisor-models.js';
import { x86Decode } from './x86-decode.js';
import { x86FeaturesOf } from './x86-facts.js';
import { x86Map } from './x86-map.js';

/** virCPUx86Update: the description with everything settled that depends on the host. */
export function x86Update(guest: GuestCpuDef, host: CpuDef | undefined): GuestCpuDef {
  let updated = guest;
  if (host !== undefined) {
    if (guest.feature.some((feature) => feature.policy === 'optional')) {
      const feature = guest.feature.map((item): CpuFeatureDef =>
        item.policy === 'optional'
          ? { policy: x86CheckFeature(host, item.name) ? 'require' : 'disable', name: item.name }
          : item,
      );
      updated = { ...updated, feature };
    }
    if (guest.mode === 'host-model' || guest.match === 'minimum') updated = withHostModel(updated, host);
  }
  return withRemovedFeatures(updated);
}

/** Features a model had once are switched off by name, so that the guest sees the same CPU on every QEMU. */
function withRemovedFeatures(guest: GuestCpuDef): GuestCpuDef {
  const name = guest.model?.name;
  const removed = name === undefined ? [] : x86Map().model(name).removed;
  const missing = removed.filter((wanted) => !guest.feature.some((feature) => feature.name === wanted));
  if (missing.length === 0) return guest;
  const disabled = missing.map((wanted): CpuFeatureDef => ({ policy: 'disable', name: wanted }));
  return { ...guest, feature: [...guest.feature, ...disabled] };
}

/** virCPUx86CheckFeature: has the CPU the feature? INTERNAL_ERROR for an unknown one. */
export function x86CheckFeature(cpu: CpuDef, name: string): boolean {
  const { index } = x86Map().feature(name);
  return x86FeaturesOf(cpu).has(index);
}

/** virCPUx86Translate: the same CPU told by one of the hypervisor's models. */
export function x86Translate(guest: GuestCpuDef, models: HypervisorCpuModels): GuestCpuDef {
  const map = x86Map();
  const model = guest.model?.name === undefined ? undefined : map.model(guest.model.name);
  const range = model?.signatures[0];
  const decoded = x86Decode(
    {
      features: x86FeaturesOf(guest),
      vendor: model?.vendor,
      signature:
        range === undefined
          ? undefined
          : { family: range.family, model: range.model, stepping: range.firstStepping ?? 0 },
    },
    { kind: 'guest', models },
  );
  const feature = decoded.features.slice();
  for (const { name, policy } of guest.feature) withFeature(feature, name, policy ?? 'require');
  return { ...guest, model: { ...guest.model, name: decoded.model }, feature };
}

/** virCPUx86ExpandFeatures: the features of the model named too, all by their names. */
export function x86Expand<T extends CpuDef>(cpu: T): T {
  const map = x86Map();
  const name = cpu.model?.name;
  if (name === undefined) {
    throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.CPU, 'Cannot expand features: no CPU model is given');
  }
  const host = isHostCpu(cpu);
  const feature = Array.from(map.model(name).features, (index): CpuFeatureDef => {
    const known = map.features[index]!.name;
    return host ? { name: known } : { policy: 'require', name: known };
  });
  for (const item of cpu.feature) {
    if (host) {
      if (!feature.some((known) => known.name === item.name)) feature.push({ name: item.name });
    } else if (item.policy === undefined || item.policy === 'require' || item.policy === 'disable') {
      withFeature(feature, item.name, item.policy ?? 'require');
    }
  }
  return { ...cpu, feature };
}

/** virCPUx86CopyMigratable: without the features that hinder migration. */
export function x86Migratable<T extends CpuDef>(cpu: T): T {
  const map = x86Map();
  if (cpu.feature === undefined) return cpu;
  const feature = cpu.feature.filter(({ name }) => {
    const known = map.findFeature(name);
    return known === undefined || !map.unmigratable.has(known.index);
  });
  return { ...cpu, feature };
}
