import {
  addController,
  type ChannelDef,
  type ConsoleDef,
  type ControllerOf,
  type DomainDef,
  type VirtioSerialAddress,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** Ports of a controller that does not say how many it has. */
const DEFAULT_PORTS = 31;

/** virDomainVirtioSerialAddrSet: which ports of which controllers are taken. */
class VirtioSerialPorts {
  readonly #taken = new Map<number, Set<number>>();
  readonly #ports = new Map<number, number>();

  constructor(def: DomainDef) {
    for (const controller of def.devices.controller) if (controller.type === 'virtio-serial') this.add(controller);
  }

  add({ index, ports }: ControllerOf<'virtio-serial'>): void {
    this.#ports.set(index, ports ?? DEFAULT_PORTS);
    this.#taken.set(index, new Set());
  }

  take({ controller, port }: VirtioSerialAddress): void {
    const taken = this.#taken.get(controller);
    const ports = this.#ports.get(controller);
    if (taken === undefined || ports === undefined)
      throw xmlError(`virtio serial controller ${controller} is missing: add it, or leave the address out`);
    if (port > ports) throw xmlError(`virtio serial controller ${controller} does not have port ${port}`);
    if (taken.has(port)) throw xmlError(`virtio serial port ${port} on controller ${controller} is already occupied`);
    taken.add(port);
  }

  /** The lowest free port; 0 is for the first console only. */
  next(allowZero: boolean, only?: number): VirtioSerialAddress | undefined {
    const controllers = only === undefined ? [...this.#ports.keys()].sort((a, b) => a - b) : [only];
    for (const controller of controllers) {
      const taken = this.#taken.get(controller);
      const ports = this.#ports.get(controller) ?? 0;
      const first = allowZero && controller === 0 ? 0 : 1;
      for (let port = first; port < ports + (first === 0 ? 1 : 0); port++)
        if (taken?.has(port) === false) return { type: 'virtio-serial', controller, bus: 0, port };
    }
    return undefined;
  }
}

/** qemuDomainAssignVirtioSerialAddresses: ports for virtio consoles and channels. */
export function assignVirtioSerialAddresses(def: DomainDef): void {
  const ports = new VirtioSerialPorts(def);
  const users = [
    // A console is a port of its own only if its document says so; else QEMU finds one.
    ...def.devices.console
      .filter(({ target, address }) => target?.type === 'virtio' && address?.type === 'virtio-serial')
      .map((device) => ({ device: device as ConsoleDef | ChannelDef, console: true })),
    ...def.devices.channel
      .filter(({ target }) => target.type === 'virtio')
      .map((device) => ({ device, console: false })),
  ];
  for (const { device } of users) if (isGiven(device)) ports.take(device.address);
  for (const { device, console: isConsole } of users) {
    if (isGiven(device)) continue;
    // A place elsewhere is none for a port of a controller.
    const only = device.address?.type === 'virtio-serial' ? device.address.controller : undefined;
    let found = ports.next(isConsole, only);
    if (found === undefined) {
      const index =
        Math.max(-1, ...def.devices.controller.filter((c) => c.type === 'virtio-serial').map((c) => c.index)) + 1;
      ports.add(addController(def, 'virtio-serial', index) as ControllerOf<'virtio-serial'>);
      found = ports.next(isConsole);
    }
    if (found === undefined) throw xmlError('Unable to find a free virtio-serial port');
    ports.take(found);
    device.address = found;
  }
}

/** Port 0 of a channel means that no port was chosen, as only consoles may have it. */
function isGiven(
  device: ConsoleDef | ChannelDef,
): device is (ConsoleDef | ChannelDef) & { address: VirtioSerialAddress } {
  return device.address?.type === 'virtio-serial' && device.address.port !== 0;
}

const xmlError = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.DOMAIN, detail);
