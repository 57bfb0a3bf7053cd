import { attr, child, type ElementCodec, elementOf, int, oneOf, onOff, part, req } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { virtioDriver, type VirtioOptions } from '../common/virtio-options.js';

/** virDomainMemballoonDef */
export interface MemballoonDef extends DeviceInfo {
  model: 'virtio' | 'xen' | 'none' | 'virtio-transitional' | 'virtio-non-transitional';
  autodeflate?: boolean;
  freePageReporting?: boolean;
  stats?: { period?: number };
  driver?: VirtioOptions;
}

export const memballoon: ElementCodec<MemballoonDef> = elementOf<MemballoonDef>(
  'memballoon',
  {
    model: req(oneOf('virtio', 'xen', 'none', 'virtio-transitional', 'virtio-non-transitional')),
    autodeflate: attr(onOff),
    freePageReporting: attr(onOff),
    stats: child(
      part(
        'stats',
        { period: attr(int) },
        { omitEmpty: true, before: ({ period }) => (period === undefined || period <= 0 ? undefined : { period }) },
      ),
    ),
    ...deviceInfo,
    driver: child(virtioDriver),
  },
  {
    // What is not there needs no place, and nobody reads one.
    prepare: (node) =>
      node.attrs.model === 'none'
        ? { ...node, children: node.children.filter(({ name }) => name !== 'address' && name !== 'alias') }
        : node,
    before(model) {
      if (model.model !== 'none') return model;
      const { alias: _alias, acpi: _acpi, address: _address, ...rest } = model;
      return rest;
    },
  },
);
