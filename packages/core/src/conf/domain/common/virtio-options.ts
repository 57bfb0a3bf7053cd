import { attr, type Fields, onOff, part } from '../../xml/index.js';

/** virDomainVirtioOptions: attributes of `<driver>` that every virtio device has. */
export interface VirtioOptions {
  iommu?: boolean;
  ats?: boolean;
  packed?: boolean;
  page_per_vq?: boolean;
}

export const virtioOptions: Fields<VirtioOptions> = {
  iommu: attr(onOff),
  ats: attr(onOff),
  packed: attr(onOff),
  page_per_vq: attr(onOff),
};

/** `<driver>` of devices that have nothing but virtio's options in it. */
export const virtioDriver = part('driver', virtioOptions as Required<typeof virtioOptions>, { omitEmpty: true });
