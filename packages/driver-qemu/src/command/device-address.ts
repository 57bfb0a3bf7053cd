import type { DeviceInfo, DomainDef } from '@virtkit/core/conf';
import { nonZero } from '../block/json.js';
import { isPSeries } from '../machine.js';
import { builtinAlias } from './aliases.js';
import type { Props } from './arg-list.js';

/** Where a device is plugged in, as the members that QEMU's devices have for it. */
export function addressProps(def: DomainDef, device: DeviceInfo): Props {
  const { address } = device;
  switch (address?.type) {
    case 'pci': {
      const fn = address.function === 0 ? '' : `.0x${address.function.toString(16)}`;
      return {
        bus: pciBus(def, address.bus),
        multifunction: address.multifunction,
        addr: `0x${address.slot.toString(16)}${fn}`,
        'acpi-index': device.acpi?.index,
      };
    }
    case 'usb':
      return {
        bus: `${controllerAlias(def, 'usb', address.bus)}.0`,
        port: address.port,
      };
    case 'spapr-vio':
      return { reg: address.reg };
    case 'ccw': {
      const { cssid = 0xfe, ssid = 0, devno } = address;
      if (devno === undefined) return {};
      return { devno: `${cssid.toString(16)}.${ssid.toString(16)}.${devno.toString(16).padStart(4, '0')}` };
    }
    case 'isa':
      return { iobase: address.iobase ?? 0, irq: nonZero(address.irq) };
    case 'dimm':
      return { slot: address.slot, addr: nonZero(address.base) };
    default:
      return {};
  }
}

/** The name of a PCI bus: its controller's, but for the root buses that machines bring. */
function pciBus(def: DomainDef, index: number): string {
  const controller = def.devices.controller.find((c) => c.type === 'pci' && c.index === index);
  const alias = controller?.alias?.name ?? `pci.${index}`;
  // Host bridges of pSeries each have one bus below them, but for the board's own.
  if (isPSeries(def))
    return controller?.type === 'pci' && controller.model === 'pci-root' && index > 0 ? `${alias}.0` : alias;
  // Elsewhere the board's own bus has a name that the domain cannot change.
  if (controller !== undefined && index === 0) return builtinAlias(def, controller) ?? 'pci.0';
  return alias;
}

/** The name of a controller, as other devices refer to it. */
export function controllerAlias(
  def: DomainDef,
  type: DomainDef['devices']['controller'][number]['type'],
  index: number,
): string {
  const found = def.devices.controller.find(
    (c) => c.type === type && c.index === index && (c.type !== 'usb' || c.master === undefined),
  );
  return (found && builtinAlias(def, found)) ?? found?.alias?.name ?? `${type}${index}`;
}
