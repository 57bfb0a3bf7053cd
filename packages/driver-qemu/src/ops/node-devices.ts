import type { HostdevDef } from '@virtkit/core/conf';
import type { HostOps, NodeDeviceRef } from '@virtkit/core/driver';
import { argumentUnsupported, invalidArg, operationInvalid } from '../errors.js';
import { assertVfio, detachFromHost, pciAddressOf, reattachToHost, resetDevice } from '../host/pci-device.js';
import type { QemuHost } from '../host/qemu-host.js';

/** The host's devices on their way to guests and back. */
export const nodeDeviceOps = (host: QemuHost) => {
  const addressOf = ({ name }: NodeDeviceRef): string => {
    const address = pciAddressOf(name);
    if (address === undefined) throw invalidArg(`device ${name} is not a PCI device`);
    return address;
  };

  /** A device that a guest has is the guest's. */
  const assertFree = (address: string): void => {
    for (const domain of host.domains.all)
      if (domain.active && domain.def.devices.hostdev.some((device) => sourceAddress(device) === address))
        throw operationInvalid(`PCI device ${address} is in use by driver QEMU, domain ${domain.name}`);
  };

  const nodeDeviceDetachFlags = async (ref: NodeDeviceRef, driver: string | null): Promise<void> => {
    if (driver === 'kvm') throw argumentUnsupported('KVM device assignment is no longer supported on this system');
    if (driver !== null && driver !== 'vfio') throw invalidArg(`unknown driver name '${driver}'`);
    await assertVfio(host.reader);
    const address = addressOf(ref);
    assertFree(address);
    await detachFromHost(host.reader, address);
  };

  return {
    nodeDeviceDetachFlags,
    nodeDeviceDettach: (ref) => nodeDeviceDetachFlags(ref, null),
    async nodeDeviceReAttach(ref) {
      const address = addressOf(ref);
      assertFree(address);
      await reattachToHost(host.reader, address);
    },
    async nodeDeviceReset(ref) {
      const address = addressOf(ref);
      assertFree(address);
      await resetDevice(host.reader, address);
    },
  } satisfies HostOps;
};

const hex = (value: number | undefined, digits: number): string => (value ?? 0).toString(16).padStart(digits, '0');

function sourceAddress(device: HostdevDef): string | undefined {
  if (device.mode !== 'subsystem' || device.type !== 'pci') return undefined;
  const { domain, bus, slot, function: fn } = device.source.address;
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(fn, 1)}`;
}
