import type { DomainDef } from '@virtkit/core/conf';
import type { ArgList } from './arg-list.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';
import { addBackend, memoryBackend } from './memory.js';
import { virtioProps } from './virtio.js';

export function addBalloon(args: ArgList, def: DomainDef): void {
  const balloon = def.devices.memballoon;
  if (balloon === undefined || balloon.model === 'none') return;
  args.device({
    ...virtioProps('virtio-balloon', balloon, args.caps, balloon.model, balloon.driver),
    id: balloon.alias?.name ?? '',
    ...(balloon.autodeflate !== undefined && { 'deflate-on-oom': balloon.autodeflate }),
    ...(balloon.freePageReporting !== undefined && { 'free-page-reporting': balloon.freePageReporting }),
    ...addressProps(def, balloon),
  });
}

export function addMemoryDevices(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const device of def.devices.memory) {
    const alias = device.alias?.name ?? '';
    const backend = memoryBackend(def, args.caps, context, {
      id: `mem${alias}`,
      size: device.target.size,
      ...(device.target.node !== undefined && { nodeId: device.target.node }),
      device,
      force: true,
    });
    if (backend !== undefined) addBackend(args, backend);
    if (device.model === 'sgx-epc') continue;
    const node = device.target.node === undefined ? {} : { node: device.target.node };
    const memdev = { memdev: `mem${alias}`, id: alias };
    switch (device.model) {
      case 'dimm':
      case 'nvdimm':
        args.device({
          driver: device.model === 'dimm' ? 'pc-dimm' : 'nvdimm',
          ...node,
          ...(device.target.label !== undefined && { 'label-size': device.target.label.size * 1024 }),
          ...(device.uuid !== undefined && { uuid: device.uuid }),
          ...(device.target.readonly === true && { unarmed: true }),
          ...memdev,
          ...addressProps(def, device),
        });
        break;
      default:
        args.device({
          driver: `${device.model}-pci`,
          ...node,
          ...(device.target.block !== undefined && { 'block-size': device.target.block * 1024 }),
          ...(device.target.requested && { 'requested-size': device.target.requested * 1024 }),
          memdev: memdev.memdev,
          ...(backend?.onDevice === true && { prealloc: true }),
          id: alias,
          ...addressProps(def, device),
        });
    }
  }
}
