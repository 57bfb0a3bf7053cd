import type { DeviceInfo, VirtioOptions } from '@virtkit/core/conf';
import type { QemuCaps } from '../capabilities/index.js';
import { internalError } from '../errors.js';
import type { Props } from './arg-list.js';

/** qemuBuildVirtioDevGetConfigDev: the driver of a virtio device on its bus, with the options that all of them have. */
export function virtioProps(
  base: string,
  device: DeviceInfo,
  caps: QemuCaps,
  model: string | undefined,
  options: VirtioOptions | undefined,
): Props {
  const { driver, 'disable-legacy': legacy, 'disable-modern': modern } = virtioDriver(base, device, caps, model);
  return {
    driver,
    'disable-legacy': legacy,
    'disable-modern': modern,
    iommu_platform: options?.iommu,
    ats: options?.ats,
    packed: options?.packed,
    'page-per-vq': options?.page_per_vq,
  };
}

/** What virtio devices are called on the buses that have them. */
const BUSES: Readonly<Record<string, string>> = { pci: 'pci', ccw: 'ccw', 'virtio-mmio': 'device' };

function virtioDriver(
  base: string,
  { address }: DeviceInfo,
  caps: QemuCaps,
  model: string | undefined,
): { driver: string; 'disable-legacy'?: string; 'disable-modern'?: boolean } {
  const bus = BUSES[address?.type ?? 'none'];
  if (bus === undefined) throw internalError(`Unexpected address type '${address?.type ?? 'none'}' for '${base}'`);
  const driver = `${base}-${bus}`;
  if (model?.endsWith('transitional') !== true) return { driver };
  const transitional = model === 'virtio-transitional';
  if (caps.has('virtio-pci-non-transitional'))
    return { driver: `${driver}-${transitional ? 'transitional' : 'non-transitional'}` };
  return { driver, 'disable-legacy': transitional ? 'off' : 'on', ...(transitional && { 'disable-modern': false }) };
}
