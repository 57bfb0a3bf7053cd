import { type GuestCpuDef, guestCpuFields, guestCpuOptions } from '../cpu/index.js';
import { child, type ElementCodec, elementOf } from '../xml/index.js';
import { type GuestNumaDef, guestNuma } from './numa.js';

/** virCPUDef of a guest, with the NUMA cells that stand in `<cpu>` too. */
export interface DomainCpuDef extends Omit<GuestCpuDef, 'arch'> {
  numa?: GuestNumaDef;
}

export const domainCpu: ElementCodec<DomainCpuDef> = elementOf<DomainCpuDef>(
  'cpu',
  { ...guestCpuFields, numa: child(guestNuma) },
  { ...guestCpuOptions, omitEmpty: true },
);
