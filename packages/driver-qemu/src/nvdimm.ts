import type { MemoryTargetDef } from '@virtkit/core/conf';
import { configUnsupported } from './errors.js';

/** POWER's memory blocks, in KiB. */
export const PSERIES_BLOCK = 256 * 1024;

/** qemuDomainNVDimmAlignSizePseries: the label is at the end of the module, so that only what is before it can be aligned. */
export function alignedNvdimm({ size, label }: Pick<MemoryTargetDef, 'size' | 'label'>): number {
  const apart = label?.size ?? 0;
  const usable = Math.floor((size - apart) / PSERIES_BLOCK) * PSERIES_BLOCK;
  if (usable <= 0)
    throw configUnsupported(`minimum target size for the NVDIMM must be ${PSERIES_BLOCK} KiB plus the label size`);
  return usable + apart;
}
