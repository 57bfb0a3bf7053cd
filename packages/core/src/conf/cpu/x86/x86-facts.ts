import { isHostCpu, type CpuDef, type CpuFeaturePolicy } from '../cpu-def.js';
import type { FeatureSet } from '../feature-set.js';
import { x86Map } from './x86-map.js';

/** x86ModelFromCPU: all features a CPU description comes to, those of its model included; optional ones are not counted. */
export function x86FeaturesOf(cpu: CpuDef): FeatureSet {
  const map = x86Map();
  const features = cpu.model?.name === undefined ? map.emptySet() : map.model(cpu.model.name).features.copy();
  for (const { name, policy } of cpu.feature) {
    // Not counted even if nobody knows it.
    if (policy === 'optional' && !isHostCpu(cpu)) continue;
    const { index } = map.feature(name);
    if (isHostCpu(cpu) || policy === 'require' || policy === 'force' || policy === undefined) features.add(index);
    else features.delete(index);
  }
  return features;
}

/** The features of a guest's description under one policy; the model's own are required. A host's are required, all. */
export function x86FeaturesUnder(cpu: CpuDef, wanted: CpuFeaturePolicy): FeatureSet {
  const map = x86Map();
  if (isHostCpu(cpu)) return wanted === 'require' ? x86FeaturesOf(cpu) : map.emptySet();
  const base = wanted === 'require' ? cpu.model?.name : undefined;
  const features = base === undefined ? map.emptySet() : map.model(base).features.copy();
  for (const { name, policy = 'require' } of cpu.feature) {
    if (policy === wanted) features.add(map.feature(name).index);
  }
  return features;
}
