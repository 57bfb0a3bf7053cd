import { unsupported } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainDefVideoValidate and virDomainVideoDefValidate */
export function checkVideos({ devices: { video } }: DomainDef): void {
  if (video.length > 1 && video.some(({ model }) => model?.type === 'none'))
    throw unsupported("a 'none' video type must be the only video device defined for the domain");
  if (video.filter(({ model }) => model?.primary === true).length > 1)
    throw unsupported('Only one primary video device is supported');
  for (const { model, address, driver } of video) {
    if (model?.type === 'ramfb' && address !== undefined)
      throw unsupported('address not supported for video type ramfb');
    if (model?.type !== 'qxl')
      for (const key of ['ram', 'vram64', 'vgamem'] as const)
        if (model?.[key] !== undefined) throw unsupported(`${key} attribute only supported for video type qxl`);
    if (model?.type === 'virtio') continue;
    for (const key of ['iommu', 'ats', 'packed', 'page_per_vq'] as const)
      if (driver?.[key] !== undefined) throw unsupported(`${key} driver option is only supported for virtio devices`);
  }
}
