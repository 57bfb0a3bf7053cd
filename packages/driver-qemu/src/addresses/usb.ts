import type { ControllerOf, DeviceInfo, DomainDef, UsbAddress } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const HUB_PORTS = 8;

/** A root hub, or a hub plugged into one: which of its ports are taken, and what hubs hang there. */
interface Hub {
  readonly ports: (Hub | 'device' | undefined)[];
}

const hubOf = (ports: number): Hub => ({ ports: new Array<undefined>(ports).fill(undefined) });

/** Ports of a controller's root hub. */
function rootPorts(controller: ControllerOf<'usb'>): number {
  if (controller.ports !== undefined) return controller.ports;
  switch (controller.model) {
    case 'nec-xhci':
    case 'qemu-xhci':
    case 'qusb2':
      return controller.model === 'qusb2' ? 8 : 4;
    case 'qusb1':
      return 8;
    case 'ehci':
    case 'ich9-ehci1':
      return 6;
    case 'pci-ohci':
      return 3;
    case 'none':
      return 0;
    default:
      return 2;
  }
}

/** virDomainUSBAddressSet: buses by controller index. */
class UsbPorts {
  readonly #buses = new Map<number, Hub>();

  constructor(def: DomainDef) {
    for (const controller of def.devices.controller) {
      if (controller.type !== 'usb' || controller.model === 'none') continue;
      // Companions serve the ports of their master.
      if (controller.master !== undefined) continue;
      if (this.#buses.has(controller.index)) throw xmlError(`Duplicate USB controllers with index ${controller.index}`);
      this.#buses.set(controller.index, hubOf(rootPorts(controller)));
    }
  }

  has(bus: number): boolean {
    return this.#buses.has(bus);
  }

  get size(): number {
    return this.#buses.size;
  }

  /** Takes a given address; `hub` if a hub is plugged in there. */
  take({ bus, port = '' }: UsbAddress, hub: boolean): void {
    const root = this.#buses.get(bus);
    if (root === undefined) throw noBus(bus);
    const path = port.split('.').map(Number);
    let current = root;
    for (const [depth, number] of path.entries()) {
      const last = depth === path.length - 1;
      if (number < 1 || number > current.ports.length)
        throw xmlError(`requested USB port ${port} not present on USB bus ${bus}`);
      const there = current.ports[number - 1];
      if (last) {
        if (there !== undefined) throw xmlError(`Duplicate USB address bus ${bus} port ${port}`);
        current.ports[number - 1] = hub ? hubOf(HUB_PORTS) : 'device';
      } else {
        if (typeof there !== 'object')
          throw xmlError(
            `there is no hub at port ${path.slice(0, depth + 1).join('.')} in USB address bus: ${bus} port: ${port}`,
          );
        current = there;
      }
    }
  }

  /** The next free port, nearest to a root first; on one bus, or on any. */
  next(bus?: number): UsbAddress | undefined {
    const indexes = bus === undefined ? [...this.#buses.keys()].sort((a, b) => a - b) : [bus];
    for (const index of indexes) {
      const root = this.#buses.get(index);
      const port = root && freePort(root, '');
      if (port !== undefined) return { type: 'usb', bus: index, port };
    }
    return undefined;
  }

  countFree(): number {
    const free = (hub: Hub): number =>
      hub.ports.reduce<number>(
        (sum, port) => sum + (port === undefined ? 1 : typeof port === 'object' ? free(port) : 0),
        0,
      );
    return [...this.#buses.values()].reduce((sum, hub) => sum + free(hub), 0);
  }
}

function freePort({ ports }: Hub, prefix: string): string | undefined {
  const own = ports.findIndex((port) => port === undefined);
  if (own >= 0) return `${prefix}${own + 1}`;
  if (prefix.split('.').length > 4) return undefined;
  for (const [i, port] of ports.entries()) {
    if (typeof port !== 'object') continue;
    const found = freePort(port, `${prefix}${i + 1}.`);
    if (found !== undefined) return found;
  }
  return undefined;
}

type UsbDevice = DeviceInfo & { address?: DeviceInfo['address'] };

/** Every device on a USB bus, hubs first, in libvirt's order. */
function usbDevices(def: DomainDef): UsbDevice[] {
  const { devices } = def;
  return [
    ...devices.interface.filter((net) => net.type === 'hostdev' && net.source?.address?.type === 'usb'),
    ...devices.hostdev.filter(({ type }) => type === 'usb'),
    ...devices.disk.filter(({ target }) => target?.bus === 'usb'),
    ...devices.interface.filter(({ model }) => model?.type === 'usb-net'),
    ...devices.controller.filter(({ type }) => type === 'ccid'),
    ...devices.input.filter(({ bus }) => bus === 'usb'),
    ...devices.serial.filter(({ target }) => target?.type === 'usb-serial'),
    ...devices.sound.filter(({ model }) => model === 'usb'),
    ...devices.redirdev.filter(({ bus }) => bus === 'usb'),
  ];
}

/** qemuDomainAssignUSBAddresses: ports for USB devices, with hubs where there are more devices than ports. */
export function assignUsbAddresses(def: DomainDef): void {
  const ports = new UsbPorts(def);
  if (ports.size === 0) return;
  const hubs = def.devices.hub.filter(({ type }) => type === 'usb');
  const devices = usbDevices(def);
  const depth = ({ address }: UsbDevice): number =>
    address?.type === 'usb' ? (address.port ?? '').split('.').length : 0;
  // A hub that hangs on another one comes after it.
  for (const hub of hubs.filter(isPlaced).sort((a, b) => depth(a) - depth(b)))
    ports.take(hub.address as UsbAddress, true);
  for (const device of devices.filter(isPlaced)) ports.take(device.address as UsbAddress, false);
  const open = (list: readonly UsbDevice[]): UsbDevice[] =>
    list.filter((device) => device.address === undefined || (device.address.type === 'usb' && !isPlaced(device)));
  for (const hub of open(hubs)) place(hub, ports, true);
  const waiting = open(devices);
  // A hub takes a port and brings eight.
  while (waiting.length > ports.countFree()) {
    const hub = { type: 'usb' as const };
    const address = ports.next();
    if (address === undefined) {
      const missing = waiting.find((device) => device.address?.type === 'usb' && !ports.has(device.address.bus));
      throw missing?.address?.type === 'usb' ? noBus(missing.address.bus) : xmlError('No free USB ports');
    }
    ports.take(address, true);
    def.devices.hub.push({ ...hub, address });
  }
  for (const device of waiting) place(device, ports, false);
}

const isPlaced = ({ address }: UsbDevice): boolean => address?.type === 'usb' && address.port !== undefined;

function place(device: UsbDevice, ports: UsbPorts, hub: boolean): void {
  const bus = device.address?.type === 'usb' ? device.address.bus : undefined;
  if (bus !== undefined && !ports.has(bus)) throw noBus(bus);
  const address = ports.next(bus);
  if (address === undefined) throw xmlError('No free USB ports');
  ports.take(address, hub);
  device.address = address;
}

const noBus = (bus: number): LibvirtError =>
  xmlError(`USB bus ${bus} requested but no controller with that index is present`);
const xmlError = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.DOMAIN, detail);
