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

function virtioDriver(
  base: string,
  { address }: DeviceInfo,
  caps: QemuCaps,
  model: string | undefined,
): { driver: string; 'disable-legacy'?: string; 'disable-modern'?: boolean } {
  const bus = address?.type === 'ccw' ? 'ccw' : address?.type === 'virtio-mmio' ? 'device' : 'pci';
  const driver = `${base}-${bus}`;
  if (model?.endsWith('transitional') !== true) return { driver };
  const transitional = model === 'virtio-transitional';
  if (caps.has('virtio-pci-non-transitional'))
    return { driver: `${driver}-${transitional ? 'transitional' : 'non-transitional'}` };
  return { driver, 'disable-legacy': transitional ? 'off' : 'on', ...(transitional && { 'disable-modern': false }) };
}
