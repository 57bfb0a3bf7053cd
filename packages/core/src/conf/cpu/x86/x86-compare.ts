import { isHostCpu, type CpuDef } from '../cpu-def.js';
import { IDENTICAL, incompatible, type CpuComparison } from '../cpu-comparison.js';
import { x86FeaturesOf, x86FeaturesUnder } from './x86-facts.js';
import { x86Map } from './x86-map.js';

const ARCHS = ['i686', 'x86_64'];

/** virCPUx86Compare: can `host` run `cpu`? */
export function x86Compare(host: CpuDef, cpu: CpuDef): CpuComparison {
  if (isHostCpu(cpu) && !ARCHS.includes(cpu.arch)) {
    return incompatible(`CPU arch ${cpu.arch} does not match host arch`);
  }
  if (cpu.vendor !== undefined && cpu.vendor !== host.vendor) {
    return incompatible(`host CPU vendor does not match required CPU vendor ${cpu.vendor}`);
  }
  const has = x86FeaturesOf(host);
  const force = x86FeaturesUnder(cpu, 'force');
  const optional = x86FeaturesUnder(cpu, 'optional');
  const disable = x86FeaturesUnder(cpu, 'disable');
  const forbidden = x86FeaturesUnder(cpu, 'forbid').and(has);
  // A model's own feature is no longer required once it is forced, optional or disabled.
  const require = x86FeaturesUnder(cpu, 'require').minus(force).minus(optional).minus(disable);
  if (!forbidden.isEmpty) {
    return incompatible(`Host CPU provides forbidden features: ${namesOf(forbidden)}`);
  }
  const missing = require.minus(has);
  if (!missing.isEmpty) {
    return incompatible(`Host CPU does not provide required features: ${namesOf(missing)}`);
  }
  const extra = has.minus(optional).minus(require).minus(disable).minus(force);
  if (extra.isEmpty) return IDENTICAL;
  if (!isHostCpu(cpu) && cpu.match === 'strict') {
    return incompatible(`Host CPU does not strictly match guest CPU: Extra features: ${namesOf(extra)}`);
  }
  return { result: 'superset' };
}

function namesOf(features: Iterable<number>): string {
  const map = x86Map();
  return Array.from(features, (index) => map.features[index]!.name).join(', ');
}
