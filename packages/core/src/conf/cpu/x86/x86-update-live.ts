import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { withFeature, type GuestCpuDef } from '../cpu-def.js';
import type { LiveFeatures } from '../cpu-driver.js';
import { x86FeaturesOf, x86FeaturesUnder } from './x86-facts.js';
import { x86Map } from './x86-map.js';

/** virCPUx86UpdateLive: what became of the CPU that was asked for. With check 'full' any difference is refused. */
export function x86UpdateLive(guest: GuestCpuDef, { enabled, disabled }: LiveFeatures): GuestCpuDef {
  const map = x86Map();
  const wanted = x86FeaturesOf(guest);
  // Whatever the host passes through was wanted, unless it was switched off by name.
  const passthrough = guest.mode === 'host-passthrough' || guest.mode === 'maximum';
  const unwanted = passthrough ? x86FeaturesUnder(guest, 'disable') : undefined;
  const feature = guest.feature.slice();
  const added: string[] = [];
  const removed: string[] = [];
  for (const { index, name } of map.features) {
    const on = enabled.has(index);
    if (on && !wanted.has(index) && (unwanted === undefined || unwanted.has(index))) {
      added.push(name);
      withFeature(feature, name, 'require');
    }
    if (disabled.has(index) || (!on && wanted.has(index))) {
      removed.push(name);
      withFeature(feature, name, 'disable');
    }
  }
  if (guest.check !== 'full') return { ...guest, feature };
  const differences = [
    ...(added.length === 0 ? [] : [`extra features: ${added.join(',')}`]),
    ...(removed.length === 0 ? [] : [`missing features: ${removed.join(',')}`]),
  ];
  if (differences.length === 0) return guest;
  throw new LibvirtError(
    ErrorCode.OPERATION_FAILED,
    ErrorDomain.CPU,
    `guest CPU doesn't match specification: ${differences.join(', ')}`,
  );
}
