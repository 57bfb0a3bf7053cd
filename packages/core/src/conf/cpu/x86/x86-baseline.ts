import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import type { BaselineOptions } from '../baseline-options.js';
import type { CpuDef, GuestCpuDef } from '../cpu-def.js';
import { x86Decode } from './x86-decode.js';
import { x86FeaturesOf } from './x86-facts.js';
import { x86Map } from './x86-map.js';

/** virCPUx86Baseline: the best CPU that all of `cpus` can run. */
export function x86Baseline(cpus: readonly CpuDef[], options: BaselineOptions): GuestCpuDef {
  const map = x86Map();
  const names = new Set(cpus.flatMap((cpu) => cpu.model?.name ?? []));
  const commonName = names.size === 1 ? [...names][0] : undefined;
  let vendor: string | undefined;
  let everyVendorGiven = true;
  let features: ReturnType<typeof x86FeaturesOf> | undefined;
  cpus.forEach((cpu, i) => {
    const own = x86FeaturesOf(cpu);
    features = features === undefined ? own : features.and(own);
    const modelVendor = cpu.model?.name === undefined ? undefined : map.model(cpu.model.name).vendor;
    if (cpu.vendor === undefined) everyVendorGiven = false;
    else if (i > 0 && modelVendor !== undefined && modelVendor !== cpu.vendor) {
      throw failed(`CPU vendor ${modelVendor} of model ${cpu.model?.name} differs from vendor ${cpu.vendor}`);
    }
    const given = cpu.vendor ?? (i > 0 ? modelVendor : undefined);
    if (given === undefined) return;
    if (vendor === undefined && !map.hasVendor(given)) throw failed(`Unknown CPU vendor ${given}`);
    if (vendor !== undefined && vendor !== given) throw failed('CPU vendors do not match');
    vendor = given;
  });
  let common = features ?? map.emptySet();
  if (options.features !== undefined) {
    common = common.and(map.setOf(options.features.filter((name) => map.findFeature(name) !== undefined)));
  }
  if (common.isEmpty) throw failed('CPUs are incompatible');
  const decoded = x86Decode(
    { features: common, vendor },
    {
      kind: 'guest',
      models: options.models,
      preferred: commonName,
      inputs: new Set(names),
      migratable: options.migratable ?? false,
    },
  );
  const fallback = decoded.model === commonName ? 'forbid' : 'allow';
  return {
    mode: 'custom',
    match: 'exact',
    model: { fallback, name: decoded.model },
    ...(everyVendorGiven && vendor !== undefined ? { vendor } : {}),
    feature: decoded.features,
  };
}

function failed(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.OPERATION_FAILED, ErrorDomain.CPU, detail);
}
