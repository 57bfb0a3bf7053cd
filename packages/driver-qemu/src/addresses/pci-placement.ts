import {
  type DeviceInfo,
  formatPlace,
  type PciAddress,
  type PciAddressSet,
  type PciPlace,
  type PciRequest,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { hasPciAddress, wantsPciAddress } from './pci-devices.js';

/** Places chosen in one pass over a domain's devices; the definition is changed by {@link apply} only. */
export class PciPlacement {
  readonly #chosen = new Map<DeviceInfo, PciPlace>();
  /** Devices that stand where their chipset has them. */
  readonly #fixed = new Set<DeviceInfo>();

  constructor(readonly set: PciAddressSet) {}

  /** Where a device is, given or chosen. */
  of(device: DeviceInfo): PciPlace | undefined {
    return this.#chosen.get(device) ?? (hasPciAddress(device) ? device.address : undefined);
  }

  /** True if it is for us to choose a place. */
  isOpen(device: DeviceInfo): boolean {
    return wantsPciAddress(device) && !this.#chosen.has(device);
  }

  /** True if its place was not the document's. */
  chose(device: DeviceInfo): boolean {
    return this.#chosen.has(device);
  }

  isFixed(device: DeviceInfo): boolean {
    return this.#fixed.has(device);
  }

  /** Takes the next place that suits. */
  next(device: DeviceInfo, request: PciRequest): void {
    this.#chosen.set(device, this.set.reserveNext(request));
  }

  /** Takes this place. */
  take(device: DeviceInfo, place: PciPlace, request: PciRequest): void {
    this.set.reserve(place, request, true);
    this.#chosen.set(device, place);
  }

  /** The chipset has this device there, and nowhere else. Reserving the place is left to the caller. */
  fix(device: DeviceInfo, own: PciPlace, what: string): void {
    const given = hasPciAddress(device) ? device.address : undefined;
    if (given !== undefined && formatPlace(given) !== formatPlace(own))
      throw new LibvirtError(
        ErrorCode.INTERNAL_ERROR,
        ErrorDomain.QEMU,
        `${what} must have PCI address ${own.domain}:${own.bus}:${own.slot.toString(16)}.${own.function}, not ${formatPlace(given)}`,
      );
    this.#fixed.add(device);
    this.#chosen.set(device, own);
  }

  /** Writes what was chosen into the devices. */
  apply(): void {
    for (const [device, { domain, bus, slot, function: fn }] of this.#chosen) {
      const place: PciAddress = { type: 'pci', domain, bus, slot, function: fn };
      // What a document may say of an address besides: its companion on z/PCI, several functions.
      device.address = device.address?.type === 'pci' ? Object.assign({}, device.address, place) : place;
    }
  }
}
