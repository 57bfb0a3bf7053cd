import type { DeviceInfo, VirtioOptions } from '@virtkit/core/conf';
import type { QemuCaps } from '../capabilities/index.js';
import type { Props } from './arg-list.js';

/** qemuBuildVirtioDevGetConfigDev: the driver of a virtio device on its bus, with the options that all of them have. */
export function virtioProps(
  base: string,
  device: DeviceInfo,
  caps: QemuCaps,
  model: string | undefined,
  options: VirtioOptions | undefined,
): Props {
  const { driver, ...legacy } = virtioDriver(base, device, caps, model);
  return {
    driver,
    ...legacy,
    ...(options?.iommu !== undefined && { iommu_platform: options.iommu }),
    ...(options?.ats !== undefined && { ats: options.ats }),
    ...(options?.packed !== undefined && { packed: options.packed }),
    ...(options?.page_per_vq !== undefined && { 'page-per-vq': options.page_per_vq }),
  };
}

function virtioDriver(
  base: string,
  { address }: DeviceInfo,
  caps: QemuCaps,
  model: string | undefined,
): { driver: string; 'disable-legacy'?: string; 'disable-modern'?: boolean } {
  const bus = address?.type === 'ccw' ? 'ccw' : address?.type === 'virtio-mmio' ? 'device' : 'pci';
  const driver = `${base}-${bus}`;
  if (bus !== 'pci' || model === undefined || !/transitional$/.test(model)) return { driver };
  const transitional = model === 'virtio-transitional';
  if (caps.has('virtio-pci-non-transitional'))
    return { driver: `${driver}-${transitional ? 'transitional' : 'non-transitional'}` };
  return { driver, 'disable-legacy': transitional ? 'off' : 'on', ...(transitional && { 'disable-modern': false }) };
}
