import { formatPciLocation } from '../common/address.js';
import { unsupported, wrong } from '../common/problems.js';
import type { HostdevDef } from '../devices/hostdev.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainHostdevMatch: what of the host a device takes, as a text that two devices must not share; undefined where that cannot be said. */
export function hostKey(hostdev: HostdevDef): string | undefined {
  switch (hostdev.type) {
    case 'pci':
      return `pci ${formatPciLocation(hostdev.source.address)}`;
    case 'usb': {
      const { vendor, product, address } = hostdev.source;
      if (address?.device) return `usb ${address.bus}.${address.device}`;
      return vendor && `usb ${vendor.id}:${product?.id ?? 0}`;
    }
    case 'scsi': {
      const { source } = hostdev;
      if (source.protocol === 'iscsi')
        return `iscsi ${source.name} ${source.host.map(({ name, port }) => `${name ?? ''}:${port ?? ''}`).join()}`;
      return `scsi ${source.adapter.name} ${source.address.bus}:${source.address.target}:${source.address.unit}`;
    }
    case 'scsi_host':
      return `vhost ${hostdev.source.wwpn}`;
    case 'mdev':
      return `mdev ${hostdev.source.address.uuid}`;
    case 'storage':
      return `block ${hostdev.source.block}`;
    case 'misc':
      return `char ${hostdev.source.char}`;
    case 'net':
      return `net ${hostdev.source.interface}`;
  }
}

/** The address in the guest that a device of each type may have. */
const ADDRESS_TYPES: Partial<Record<HostdevDef['type'], readonly string[]>> = {
  pci: ['pci', 'unassigned'],
  usb: ['usb'],
  scsi: ['drive'],
  scsi_host: ['pci', 'ccw'],
};

/** virDomainDefDuplicateHostdevInfoValidate */
export function checkHostdevs(def: DomainDef): void {
  const seen = new Set<string>();
  let ramfb = 0;
  for (const hostdev of def.devices.hostdev) {
    const key = hostKey(hostdev);
    if (key !== undefined && seen.has(key)) throw wrong('Hostdev already exists in the domain configuration');
    if (key !== undefined) seen.add(key);
    if (hostdev.type === 'mdev' && hostdev.ramfb === true) ramfb++;
  }
  if (ramfb > 1) throw unsupported("Only one vgpu device can have 'ramfb' enabled");
}

/** virDomainHostdevDefValidate */
export function checkHostdev(hostdev: HostdevDef): void {
  const type = hostdev.address?.type;
  if (type === undefined) return;
  if (hostdev.type === 'mdev') {
    const wanted = { 'vfio-pci': ['pci'], 'vfio-ccw': ['ccw'], 'vfio-ap': [] as string[] }[hostdev.model];
    if (!wanted.includes(type) && !(type === 'unassigned' && hostdev.model === 'vfio-pci'))
      throw wrong(`Unsupported address type '${type}' with mediated device model '${hostdev.model}'`);
    return;
  }
  if (ADDRESS_TYPES[hostdev.type]?.includes(type) === false)
    throw wrong(
      `${hostdev.type.toUpperCase()} host device must use '${ADDRESS_TYPES[hostdev.type]?.[0] ?? ''}' address type`,
    );
}
