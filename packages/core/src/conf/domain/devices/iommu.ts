import { attr, child, type ElementCodec, elementOf, oneOf, onOff, part, req, uint } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';

/** virDomainIOMMUDef */
export interface IommuDef extends DeviceInfo {
  model: 'intel' | 'smmuv3' | 'virtio';
  driver?: { intremap?: boolean; caching_mode?: boolean; eim?: boolean; iotlb?: boolean; aw_bits?: number };
}

export const iommu: ElementCodec<IommuDef> = elementOf<IommuDef>('iommu', {
  model: req(oneOf('intel', 'smmuv3', 'virtio')),
  driver: child(
    part(
      'driver',
      {
        intremap: attr(onOff),
        caching_mode: attr(onOff),
        eim: attr(onOff),
        iotlb: attr(onOff),
        aw_bits: attr(uint, { unset: 0 }),
      },
      { omitEmpty: true },
    ),
  ),
  ...deviceInfo,
});
