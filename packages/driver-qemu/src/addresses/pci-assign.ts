import {
  type ControllerDef,
  type DeviceInfo,
  type DomainDef,
  domainDevices,
  formatPlace,
  PCI_CONTROLLERS,
  PciAddressSet,
  type PciAddressSetOptions,
  PciConnect as C,
  type PciControllerModel,
  type PciRequest,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuCaps } from '../capabilities/index.js';
import { hasPcieRoot, hasPciRoot, isI440fx, isPSeries, supportsPci } from '../machine.js';
import { fixChipsetDevices, placeChipsetDevices } from './pci-chipset.js';
import { checkControllerOrder, completePciController } from './pci-controller.js';
import { hasPciAddress, pciControllers, type PciDevice, pciDevices, wantsPciAddress } from './pci-devices.js';
import { type HostPci, pciNeeds, type PciNeeds } from './pci-flags.js';
import { internal, wrongAddress } from './problems.js';
import { PciPlacement } from './pci-placement.js';

/**
 * qemuDomainAssignPCIAddresses: gives every PCI device of a domain its place, adding the controllers that are needed. What
 * has an address keeps it, and the same definition always comes out the same.
 */
export function assignPciAddresses(def: DomainDef, caps: QemuCaps, host: HostPci): void {
  const given = pciControllers(def);
  const needs = pciNeeds(def);
  const endpoints = pciDevices(def, needs, host);
  if (given.length === 0) {
    const supported = supportsPci(def, caps.has('gpex-pcihost'));
    if (endpoints.some(({ device }) => hasPciAddress(device) || (supported && wantsPciAddress(device))))
      throw wrongAddress('No PCI buses available');
    return;
  }
  const highest = Math.max(...given.map(({ index }) => index));
  if (highest > MOST_BUSES) throw internal(`PCI controller index ${highest} too high, maximum is 255`);
  const guest: PciGuest = { def, needs, endpoints, strays: strayDevices(def, endpoints) };
  const options: PciAddressSetOptions = {
    filler: isPSeries(def) ? 'pci-root' : hasPcieRoot(def) ? 'pcie-root-port' : 'pci-bridge',
    rootsOnly: isPSeries(def),
    pcieToPciBridge: caps.has('pcie-pci-bridge'),
    grow: true,
  };
  addControllers(def, planBuses(guest, options));

  const placement = reserveKnown(guest, { ...options, grow: false });
  placeOthers(guest, placement);
  placement.apply();
  const defaults = { genericRootPort: caps.has('pcie-root-port'), pSeries: isPSeries(def) };
  for (const controller of pciControllers(def)) {
    completePciController(controller, def, defaults);
    checkControllerOrder(controller);
  }
  markMultifunction(guest, placement);
}

/** A bound on the work: far more than there can be. */
const MOST_BUSES = 4095;

/** A domain, as far as PCI is concerned. */
interface PciGuest {
  readonly def: DomainDef;
  readonly needs: PciNeeds;
  /** All devices but PCI controllers, which may be added. */
  readonly endpoints: readonly PciDevice[];
  /** Devices that are none of PCI's, and yet were given a place there: nothing else can have it. */
  readonly strays: readonly PciDevice[];
}

/** The dry pass: how many buses it takes, and of what kind, with what a guest should have to spare. */
function planBuses(guest: PciGuest, options: PciAddressSetOptions): PciAddressSet {
  const { def } = guest;
  const placement = reserveKnown(guest, options);
  const { set } = placement;
  const known = Math.max(...pciControllers(def).map(({ index }) => index)) + 1;
  // Endpoints never fill a conventional bus to its last slot, so that a bridge can still be added.
  if (hasPciRoot(def) && !set.full) set.reserveNext({ flags: C.PCI_DEVICE | C.AUTOASSIGN });
  placeOthers(guest, placement);
  // One port for what is plugged in later, unless the user has begun to lay out the buses.
  if (hasPcieRoot(def) && known <= 1 && set.buses.length > known)
    set.reserveNext({ flags: C.PCIE_DEVICE | C.AUTOASSIGN });
  return set;
}

/** Reserves what is given and what the chipset has. */
function reserveKnown(guest: PciGuest, options: PciAddressSetOptions): PciPlacement {
  const { def, needs } = guest;
  const models: (PciControllerModel | undefined)[] = [];
  const fixedPorts = new Set<number>();
  for (const { index, model, target } of pciControllers(def)) {
    if (index < 0) continue;
    if (model === undefined) throw internal(`PCI controller model was not set correctly (index ${index})`);
    models[index] = model;
    if (target?.hotplug === false) fixedPorts.add(index);
  }
  const placement = new PciPlacement(new PciAddressSet(models, options, (index) => !fixedPorts.has(index)));
  const all = [...controllerDevices(def), ...guest.endpoints, ...guest.strays];
  for (const { device } of all)
    if (hasPciAddress(device) && device.address.domain !== 0)
      throw wrongAddress(`Invalid PCI address ${formatPlace(device.address)}. Only PCI domain 0 is available`);
  fixChipsetDevices(def, placement);
  for (const { device, needs: flags, group } of all)
    if (hasPciAddress(device) && !placement.isFixed(device) && (isI440fx(def) || !isPiix3Part(device, models[0])))
      placement.set.reserve(device.address, requestOf(flags, group), true);
  placeChipsetDevices(def, placement, needs);
  return placement;
}

/**
 * Where an i440fx has its own IDE and USB controllers. Those that stand there on other machines keep nobody else from the slot,
 * as libvirt has it.
 */
function isLikeBuiltin(device: DeviceInfo): boolean {
  if (!hasPciAddress(device)) return false;
  const { bus, slot, function: fn } = device.address;
  if (bus !== 0 || slot !== 1) return false;
  const { type, model } = device as { type?: string; model?: string };
  return (type === 'ide' && fn === 1) || (type === 'usb' && (model ?? 'piix3-uhci') === 'piix3-uhci' && fn === 2);
}

/** The same; no kind of bus but the conventional one has such a place. */
function isPiix3Part(device: DeviceInfo, root: PciControllerModel | undefined): boolean {
  const isPart = isLikeBuiltin(device);
  if (isPart && root !== 'pci-root')
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.QEMU,
      'Bus 0 must be PCI for integrated PIIX3 USB or IDE controllers',
    );
  return isPart;
}

/** Places for all that have none yet, in the order that makes results comparable with libvirt's. */
function placeOthers({ def, endpoints }: PciGuest, placement: PciPlacement): void {
  for (const { device, needs: flags } of controllerDevices(def))
    if (flags !== 0 && placement.isOpen(device)) placement.next(device, { flags });
  for (const { device, needs: flags, group } of endpoints) {
    if (!placement.isOpen(device)) continue;
    const fn = usb2Function(device);
    if (fn === undefined) placement.next(device, requestOf(flags, group));
    else placeUsb2Part(def, device as ControllerDef, fn, placement, flags);
  }
}

const requestOf = (flags: number, isolationGroup = 0): PciRequest =>
  isolationGroup === 0 ? { flags } : { flags, isolationGroup };

const USB2_FUNCTIONS: Readonly<Record<string, number>> = {
  'ich9-uhci1': 0,
  'ich9-uhci2': 1,
  'ich9-uhci3': 2,
  'ich9-ehci1': 7,
};

/** The parts of a USB2 controller are functions of one device. */
function usb2Function(device: PciDevice['device']): number | undefined {
  const controller = device as Partial<ControllerDef>;
  return controller.type === 'usb' && controller.model !== undefined ? USB2_FUNCTIONS[controller.model] : undefined;
}

function placeUsb2Part(def: DomainDef, part: ControllerDef, fn: number, placement: PciPlacement, flags: number): void {
  const sibling = def.devices.controller.find(
    (other) =>
      other !== part &&
      other.index === part.index &&
      usb2Function(other) !== undefined &&
      placement.of(other) !== undefined,
  );
  let slot = sibling === undefined ? undefined : placement.of(sibling);
  if (slot === undefined) {
    slot = placement.set.reserveNext({ flags });
    placement.set.release(slot);
  }
  placement.take(part, { ...slot, function: fn }, { flags });
}

/** virDomainPCIAddressSetAllMulti */
function markMultifunction({ def, endpoints }: PciGuest, placement: PciPlacement): void {
  const builtin = def.devices.controller.some(isLikeBuiltin);
  for (const { device } of [...controllerDevices(def), ...endpoints]) {
    if (!hasPciAddress(device)) continue;
    const { address } = device;
    const isShared = builtin && address.bus === 0 && address.slot === 1;
    // The first part of a USB2 controller says that there may be others.
    const isFirstPart = usb2Function(device) === 0 && placement.chose(device);
    if (address.function === 0 && (isFirstPart || isShared || placement.set.isMultifunction(address)))
      address.multifunction ??= true;
  }
}

function strayDevices(def: DomainDef, endpoints: readonly PciDevice[]): PciDevice[] {
  const known = new Set<DeviceInfo>();
  for (const { device } of endpoints) known.add(device);
  const strays: PciDevice[] = [];
  for (const { kind, device } of domainDevices(def)) {
    const info = device as DeviceInfo;
    const isBus = kind === 'controller' && device.type === 'pci';
    // A console stands where its serial port does.
    if (kind !== 'console' && !isBus && hasPciAddress(info) && !known.has(info))
      strays.push({ kind, device: info, needs: C.PCI_DEVICE });
  }
  return strays;
}

const controllerDevices = (def: DomainDef): PciDevice[] =>
  pciControllers(def).map((device) => ({
    kind: 'controller',
    device,
    needs: device.model === undefined ? 0 : PCI_CONTROLLERS[device.model].needs,
  }));

/** Buses that the dry pass added become controllers. */
function addControllers(def: DomainDef, { buses }: PciAddressSet): void {
  const known = new Set(pciControllers(def).map(({ index }) => index));
  buses.forEach(({ model }, index) => {
    if (!known.has(index)) def.devices.controller.push({ type: 'pci', index, model });
  });
}
