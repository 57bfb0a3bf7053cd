import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import {
  controllerModelOf,
  PCI_CONNECT_TYPES,
  PCI_CONTROLLERS,
  PciConnect as C,
  type PciControllerModel,
  pciConnectName,
} from './pci-connect.js';

/** virPCIDeviceAddress */
export interface PciPlace {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** One PCI bus: a controller's downstream side. */
export interface PciBus {
  model: PciControllerModel;
  /** What it offers: see PciConnect. */
  flags: number;
  readonly minSlot: number;
  readonly maxSlot: number;
  /** One bit for each function in use, by slot. */
  readonly functions: number[];
  /** How many slots have a function in use. */
  slotsInUse: number;
  /** One bit for each slot whose functions are shared by devices of one kind. */
  aggregate: number;
  /** Devices of one isolation group share no bus with others (pSeries). */
  isolationGroup: number;
  /** False once a device other than of the default group has settled here. */
  isolationGroupLocked: boolean;
}

export interface PciAddressSetOptions {
  /** What a bus becomes that nobody described. */
  readonly filler: PciControllerModel;
  /** New buses are further roots, as on pSeries. */
  readonly rootsOnly: boolean;
  /** QEMU has pcie-to-pci-bridge; else the older pair of bridges is used. */
  readonly pcieToPciBridge: boolean;
  /** Whether missing buses are added; without, a lack of slots is an error. */
  readonly grow: boolean;
}

/** One device, as far as its place is concerned. */
export interface PciRequest {
  readonly flags: number;
  readonly isolationGroup?: number;
}

/**
 * virDomainPCIAddressSet: the PCI buses of a domain and what stands where. Addresses that are given are reserved as they
 * are; for the rest the lowest bus and slot that suits is chosen, always the same for the same input.
 */
export class PciAddressSet {
  readonly buses: PciBus[];
  readonly #options: PciAddressSetOptions;

  /** `models` by index; holes are filled. `hotplug` false for controllers that refuse it. */
  constructor(
    models: readonly (PciControllerModel | undefined)[],
    options: PciAddressSetOptions,
    hotplug: (index: number) => boolean = () => true,
  ) {
    this.#options = options;
    this.buses = Array.from(models, (model, index) => createBus(model ?? options.filler, hotplug(index)));
  }

  get full(): boolean {
    return this.buses.every((bus) => freeSlot(bus, false) === undefined);
  }

  /** True if some function of the slot is used by a device. */
  slotInUse({ bus, slot }: PciPlace): boolean {
    return (this.buses[bus]?.functions[slot] ?? 0) !== 0;
  }

  inUse({ bus, slot, function: fn }: PciPlace): boolean {
    return ((this.buses[bus]?.functions[slot] ?? 0) & (1 << fn)) !== 0;
  }

  /** True if functions other than 0 of this place's slot are in use. */
  isMultifunction({ bus, slot }: PciPlace): boolean {
    return ((this.buses[bus]?.functions[slot] ?? 0) & 0xfe) !== 0;
  }

  /**
   * virDomainPCIAddressReserveAddr: takes an address. With `fromConfig` a user chose it, who may do more than automatic
   * assignment does. Raises XML_ERROR for what cannot be there.
   */
  reserve(place: PciPlace, request: PciRequest, fromConfig: boolean): void {
    if (this.#options.grow && place.bus >= this.buses.length && this.buses.length > 0)
      this.#growTo(place.bus, request.flags);
    this.validate(place, request.flags, fromConfig);
    const bus = this.buses[place.bus]!;
    if (this.inUse(place)) throw xmlError(`Attempted double use of PCI Address ${formatPlace(place)}`);
    this.#settle(bus, request, fromConfig);
    if (bus.functions[place.slot] === 0) {
      const bit = 1 << place.slot;
      bus.aggregate = (request.flags & C.AGGREGATE_SLOT) === 0 ? bus.aggregate & ~bit : bus.aggregate | bit;
      bus.slotsInUse++;
    }
    bus.functions[place.slot]! |= 1 << place.function;
  }

  /** Gives a place back. */
  release(place: PciPlace): void {
    const bus = this.buses[place.bus];
    if (bus === undefined || !this.inUse(place)) return;
    bus.functions[place.slot]! &= ~(1 << place.function);
    if (bus.functions[place.slot] === 0) bus.slotsInUse--;
  }

  /**
   * virDomainPCIAddressReserveNextAddr: finds a place and takes it. Raises INTERNAL_ERROR when no bus has one left and
   * none may be added.
   */
  reserveNext(request: PciRequest): PciPlace {
    if (this.buses.length === 0) throw xmlError('No PCI buses available: this machine type has none');
    const place = this.#find(request) ?? this.#findAfterGrowth(request);
    this.reserve(place, request, false);
    return place;
  }

  /** virDomainPCIAddressValidate */
  validate(place: PciPlace, flags: number, fromConfig: boolean): void {
    if (this.buses.length === 0) throw xmlError('No PCI buses available: this machine type has none');
    const invalid = (why: string): LibvirtError => xmlError(`Invalid PCI address ${formatPlace(place)}. ${why}`);
    if (place.domain !== 0) throw invalid('Only PCI domain 0 is available');
    const bus = this.buses[place.bus];
    if (bus === undefined) throw invalid(`Only PCI buses up to ${this.buses.length - 1} are available`);
    if ((flags & C.INTEGRATED) !== 0 && place.bus !== 0)
      throw xmlError(`The device at PCI address ${formatPlace(place)} needs to be an integrated device (bus=0)`);
    const problem = misfit(bus.flags, flags, fromConfig, place.bus);
    if (problem !== undefined) throw misfitError(problem, place);
    if (place.slot < bus.minSlot) throw invalid(`slot must be >= ${bus.minSlot}`);
    if (place.slot > bus.maxSlot) throw invalid(`slot must be <= ${bus.maxSlot}`);
    if (place.function > 7) throw invalid('function must be <= 7');
  }

  #settle(bus: PciBus, { isolationGroup = 0 }: PciRequest, fromConfig: boolean): void {
    if (bus.slotsInUse === 0 && !bus.isolationGroupLocked) {
      bus.isolationGroup = isolationGroup;
    } else if (bus.isolationGroup !== isolationGroup && fromConfig) {
      // A user mixed groups on purpose: the bus belongs to nobody from now on.
      bus.isolationGroup = 0;
      bus.isolationGroupLocked = true;
    }
  }

  #find({ flags, isolationGroup = 0 }: PciRequest): PciPlace | undefined {
    const same = this.#search(flags, (bus) => bus.isolationGroup === isolationGroup);
    if (same !== undefined || isolationGroup === 0) return same;
    // A bus that is still empty takes the group of its first device.
    return this.#search(flags, (bus) => bus !== this.buses[0] && !bus.isolationGroupLocked && bus.slotsInUse === 0);
  }

  #search(flags: number, suits: (bus: PciBus) => boolean): PciPlace | undefined {
    const aggregate = (flags & C.AGGREGATE_SLOT) !== 0;
    for (let index = 0; index < this.buses.length; index++) {
      const bus = this.buses[index]!;
      // Most buses are root ports with one slot, and most of them are taken.
      if (!aggregate && bus.slotsInUse > bus.maxSlot - bus.minSlot) continue;
      if (misfit(bus.flags, flags, false, index) !== undefined || !suits(bus)) continue;
      const found = freeSlot(bus, aggregate);
      if (found !== undefined) return { domain: 0, bus: index, slot: found.slot, function: found.function };
    }
    return undefined;
  }

  #findAfterGrowth(request: PciRequest): PciPlace {
    if (!this.#options.grow)
      throw new LibvirtError(
        ErrorCode.INTERNAL_ERROR,
        ErrorDomain.DOMAIN,
        'No more available PCI slots: add a PCI controller, or remove a device',
      );
    this.#growTo(this.buses.length, request.flags);
    const place = this.#find(request);
    if (place === undefined)
      throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.DOMAIN, 'No more available PCI slots');
    return place;
  }

  /** virDomainPCIAddressSetGrow: adds buses up to `index`, of a kind on which a device with these needs can be. */
  #growTo(index: number, flags: number): void {
    const { rootsOnly, pcieToPciBridge } = this.#options;
    const add = (model: PciControllerModel): PciBus => {
      const bus = createBus(model, true);
      this.buses.push(bus);
      return bus;
    };
    const fill = (model: PciControllerModel): void => {
      while (this.buses.length <= index) add(model);
    };
    if (rootsOnly) return fill('pci-root');
    if ((flags & C.PCI_DEVICE) !== 0) {
      const bridgeable = this.buses.some((bus) => (bus.flags & C.PCI_BRIDGE) !== 0);
      if (!bridgeable && pcieToPciBridge) {
        // Only the bridge may take the port that is made for it, or the port would count as the guest's spare one.
        add('pcie-root-port').flags = C.PCIE_TO_PCI_BRIDGE | C.AUTOASSIGN;
        add('pcie-to-pci-bridge');
      } else if (!bridgeable) add('dmi-to-pci-bridge');
      return fill('pci-bridge');
    }
    if ((flags & (C.PCIE_DEVICE | C.PCIE_SWITCH_UPSTREAM_PORT)) !== 0) return fill('pcie-root-port');
    const model = controllerModelOf(flags);
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.DOMAIN,
      model === undefined || model === 'pcie-to-pci-bridge'
        ? `Cannot automatically add a new PCI bus for a device with connect flags ${flags.toString(16).padStart(2, '0')}: add a PCI controller that has a place for it`
        : `a PCI slot is needed to connect a PCI controller model='${model}', but none is available, and it cannot be automatically added`,
    );
  }
}

/** `0000:00:1f.2` */
export function formatPlace({ domain, bus, slot, function: fn }: PciPlace): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`;
}

function createBus(model: PciControllerModel, hotplug: boolean): PciBus {
  const { offers, minSlot, maxSlot } = PCI_CONTROLLERS[model];
  return {
    model,
    flags: hotplug ? offers : offers & ~C.HOTPLUGGABLE,
    minSlot,
    maxSlot,
    functions: new Array<number>(maxSlot + 1).fill(0),
    slotsInUse: 0,
    aggregate: 0,
    isolationGroup: 0,
    isolationGroupLocked: false,
  };
}

/** The lowest slot that nobody uses, or the lowest free function of one that is shared. */
function freeSlot(bus: PciBus, aggregate: boolean): { slot: number; function: number } | undefined {
  for (let slot = bus.minSlot; slot <= bus.maxSlot; slot++) {
    const used = bus.functions[slot]!;
    if (used === 0) return { slot, function: 0 };
    if (!aggregate || (bus.aggregate & (1 << slot)) === 0 || used === 0xff) continue;
    for (let fn = 0; fn < 8; fn++) if ((used & (1 << fn)) === 0) return { slot, function: fn };
  }
  return undefined;
}

type Misfit = 'none' | 'hotplug' | string;

/** Why a device does not go onto a bus: the kind of device that would have to be accepted, or `hotplug`. */
function misfit(offered: number, needed: number, fromConfig: boolean, index: number): Misfit | undefined {
  let offers = offered;
  if (fromConfig) {
    // A user may put a device of either kind into a slot of the other, and onto buses that are not assigned from.
    if ((offers & (C.PCI_DEVICE | C.PCIE_DEVICE)) !== 0) offers |= C.PCI_DEVICE | C.PCIE_DEVICE;
    if ((offers & C.PCI_DEVICE) !== 0) offers |= C.PCI_BRIDGE;
    offers |= C.AUTOASSIGN;
  }
  if (index === 0 && (needed & C.INTEGRATED) !== 0) offers |= C.AUTOASSIGN;
  if ((needed & offers & PCI_CONNECT_TYPES) === 0 || ((needed & C.AUTOASSIGN) !== 0 && (offers & C.AUTOASSIGN) === 0))
    return pciConnectName(needed & PCI_CONNECT_TYPES) ?? 'none';
  return (needed & C.HOTPLUGGABLE) !== 0 && (offers & C.HOTPLUGGABLE) === 0 ? 'hotplug' : undefined;
}

function misfitError(problem: Misfit, place: PciPlace): LibvirtError {
  const text = formatPlace(place);
  if (problem === 'none')
    return new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.DOMAIN,
      `The device at PCI address ${text} has unrecognized connection type flags`,
    );
  if (problem === 'hotplug')
    return xmlError(
      `The device at PCI address ${text} requires hotplug capability, but the PCI controller with index='${place.bus}' doesn't support hotplug`,
    );
  return xmlError(
    `The device at PCI address ${text} cannot be plugged into the PCI controller with index='${place.bus}'. It requires a controller that accepts a ${problem}.`,
  );
}

const xmlError = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.DOMAIN, detail);
