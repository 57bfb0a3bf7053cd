import { type DeviceInfo, type DomainDef, domainDevices } from '@virtkit/core/conf';
import { internal } from './problems.js';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuCaps } from '../capabilities/index.js';
import { hasVirtioMmio, isArmVirt, isRiscvVirt, isS390Ccw } from '../machine.js';

/** Virtio devices that are put on virtio-mmio. */
function mmioDevices({ devices }: DomainDef): DeviceInfo[] {
  return [
    ...devices.disk.filter(({ target }) => target?.bus === 'virtio'),
    ...devices.interface.filter(({ model }) => model?.type?.startsWith('virtio') === true),
    ...devices.input.filter(({ bus }) => bus === 'virtio'),
    ...devices.hostdev.filter(({ type }) => type === 'scsi_host'),
    ...devices.video.filter(({ model }) => model?.type === 'virtio'),
    ...devices.controller.filter(({ type }) => type === 'virtio-serial' || type === 'scsi'),
    ...(devices.memballoon?.model.startsWith('virtio') === true ? [devices.memballoon] : []),
    ...devices.rng.filter(({ model }) => model.startsWith('virtio')),
    ...devices.crypto,
  ];
}

/** qemuDomainAssignARMVirtioMMIOAddresses: boards without PCI have their virtio devices on virtio-mmio. */
export function assignVirtioMmioAddresses(def: DomainDef, caps: QemuCaps): void {
  if (!hasVirtioMmio(def)) return;
  const hasPci = (isArmVirt(def) || isRiscvVirt(def)) && caps.has('gpex-pcihost');
  const devices = mmioDevices(def);
  // Once the domain has a device on virtio-mmio, the others go there too.
  if (hasPci && !devices.some(({ address }) => address?.type === 'virtio-mmio')) return;
  for (const device of devices) device.address ??= { type: 'virtio-mmio' };
}

const CSSID = 0xfe;
const DEVNOS = 0x10000;

/** qemuDomainAssignS390Addresses: channel subsystem numbers for virtio devices, and for mediated ones. */
export function assignCcwAddresses(def: DomainDef, caps: QemuCaps): void {
  if (!isS390Ccw(def) || !caps.has('virtio-ccw')) return;
  const devices = ccwDevices(def);
  const key = (cssid: number, ssid: number, devno: number): string => `${cssid}.${ssid}.${devno}`;
  const taken = new Set<string>();
  // Whatever else was given such an address keeps others from it.
  for (const { kind, device } of domainDevices(def)) {
    const { address } = device as DeviceInfo;
    if (kind === 'console' && device.target?.type === 'serial') continue;
    if (address?.type !== 'ccw' || address.devno === undefined) continue;
    const own = key(address.cssid ?? CSSID, address.ssid ?? 0, address.devno);
    if (taken.has(own))
      throw xmlError(
        `The CCW devno '${hex(address.cssid ?? CSSID)}.${hex(address.ssid ?? 0)}.${address.devno.toString(16).padStart(4, '0')}' is in use already`,
      );
    taken.add(own);
  }
  let devno = 0;
  for (const device of devices) {
    if (device.address !== undefined && !(device.address.type === 'ccw' && device.address.devno === undefined))
      continue;
    while (devno < DEVNOS && taken.has(key(CSSID, 0, devno))) devno++;
    if (devno === DEVNOS) throw xmlError('There are no more free CCW devnos.');
    taken.add(key(CSSID, 0, devno));
    device.address = { type: 'ccw', cssid: CSSID, ssid: 0, devno };
  }
}

function ccwDevices(def: DomainDef): DeviceInfo[] {
  const { devices } = def;
  return [
    ...devices.disk.filter(({ target }) => target?.bus === 'virtio'),
    ...devices.interface.filter(({ model }) => model?.type?.startsWith('virtio') === true),
    ...devices.hostdev.filter((d) => d.type === 'scsi_host' || (d.type === 'mdev' && d.model === 'vfio-ccw')),
    ...devices.video.filter(({ model }) => model?.type === 'virtio'),
    ...devices.controller.filter(({ type }) => type === 'virtio-serial' || type === 'scsi'),
    ...devices.input.filter(({ bus }) => bus === 'virtio'),
    ...devices.filesystem,
    ...(devices.memballoon?.model.startsWith('virtio') === true ? [devices.memballoon] : []),
    ...devices.rng.filter(({ model }) => model.startsWith('virtio')),
    ...(devices.vsock === undefined ? [] : [devices.vsock]),
    ...devices.crypto,
  ];
}

const STEP = 0x1000;

/** qemuDomainAssignSpaprVIOAddresses: registers of devices on the virtual I/O bus of pSeries. */
export function assignSpaprVioAddresses(def: DomainDef): void {
  const { devices } = def;
  const isTheirs = new Set<DeviceInfo>([
    ...devices.interface.filter(({ model }) => model?.type === 'spapr-vlan'),
    ...devices.controller.filter((c) => c.type === 'scsi' && c.model === 'ibmvscsi'),
    ...devices.serial.filter(({ target }) => target?.type === 'spapr-vio-serial'),
    ...(devices.nvram === undefined ? [] : [devices.nvram]),
    ...devices.tpm.filter(({ model }) => model === 'tpm-spapr'),
  ]);
  const groups: readonly (readonly [readonly DeviceInfo[], number])[] = [
    [devices.interface, 0x1000],
    [devices.controller, 0x2000],
    [devices.serial, 0x30000000],
    [devices.nvram === undefined ? [] : [devices.nvram], 0x3000],
    [devices.tpm, 0x4000],
  ];
  if (isTheirs.size === 0 && !groups.some(([group]) => group.some(isOnSpaprVio))) return;
  const taken = new Set<number>();
  for (const { kind, device } of domainDevices(def)) {
    const { address } = device as DeviceInfo;
    // What stands for a console is its serial port.
    if (kind === 'console' || address?.type !== 'spapr-vio' || address.reg === undefined) continue;
    if (taken.has(address.reg)) throw xmlError(`spapr-vio address 0x${address.reg.toString(16)} already in use`);
    taken.add(address.reg);
  }
  for (const [group, first] of groups)
    for (const device of group) {
      // Devices of this bus are nowhere else; others may be, if somebody says so.
      if (!isTheirs.has(device) && !isOnSpaprVio(device)) continue;
      if (device.address?.type === 'spapr-vio' && device.address.reg !== undefined) continue;
      let reg = first;
      while (taken.has(reg)) reg += STEP;
      taken.add(reg);
      device.address = { type: 'spapr-vio', reg };
    }
}

const isOnSpaprVio = ({ address }: DeviceInfo): boolean => address?.type === 'spapr-vio';

/** qemuDomainAssignMemoryAddresses: slots for memory modules. */
export function assignMemorySlots(def: DomainDef): void {
  const modules = def.devices.memory.filter(({ model }) => model === 'dimm' || model === 'nvdimm');
  const taken = new Set<number>();
  for (const { address } of modules)
    if (address?.type === 'dimm') {
      if (taken.has(address.slot))
        throw new LibvirtError(
          ErrorCode.CONFIG_UNSUPPORTED,
          ErrorDomain.QEMU,
          `memory device slot '${address.slot}' is already being used by another memory device`,
        );
      taken.add(address.slot);
    }
  let slot = 0;
  for (const device of modules) {
    if (device.address !== undefined) continue;
    while (taken.has(slot)) slot++;
    if (def.maxMemory !== undefined && slot >= def.maxMemory.slots)
      throw internal('failed to find an empty memory slot');
    taken.add(slot);
    device.address = { type: 'dimm', slot };
  }
}

const hex = (value: number): string => value.toString(16);
const xmlError = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.DOMAIN, detail);
