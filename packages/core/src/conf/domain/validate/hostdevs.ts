import type { LibvirtError } from '../../../util/index.js';
import { formatPciLocation } from '../common/address.js';
import { internal, unsupported, wrong } from '../common/problems.js';
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

/** The address in the guest that a device of each type may have, and what is said to another. */
const ADDRESS_TYPES: Partial<Record<HostdevDef['type'], readonly [string[], () => LibvirtError]>> = {
  pci: [['pci', 'unassigned'], () => internal("PCI host devices must use 'pci' or 'unassigned' address type")],
  usb: [['usb'], () => unsupported("USB host device must use 'usb' address type")],
  scsi: [['drive'], () => unsupported("SCSI host device must use 'drive' address type")],
  scsi_host: [['pci', 'ccw'], () => unsupported("SCSI_host host device must use 'pci' or 'ccw' address type")],
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
  checkAddress(hostdev);
  if (hostdev.type === 'scsi' && hostdev.sgio === 'unfiltered')
    throw unsupported('unfiltered sgio is no longer supported');
  if (hostdev.mode === 'subsystem') checkTeaming(hostdev);
}

function checkAddress(hostdev: HostdevDef): void {
  const type = hostdev.address?.type;
  if (type === undefined) return;
  if (hostdev.type === 'mdev') {
    const wanted = { 'vfio-pci': 'pci', 'vfio-ccw': 'ccw', 'vfio-ap': undefined }[hostdev.model];
    if (wanted !== undefined && type !== wanted)
      throw wrong(`Unsupported address type '${type}' with mediated device model '${hostdev.model}'`);
    return;
  }
  const [wanted, problem] = ADDRESS_TYPES[hostdev.type] ?? [];
  if (wanted?.includes(type) === false) throw problem?.();
}

/** The passed-through half of a pair of network cards, which goes away when the guest moves. */
function checkTeaming({ type, teaming }: Extract<HostdevDef, { mode: 'subsystem' }>): void {
  if (teaming === undefined) return;
  if (teaming.type !== 'transient') throw unsupported("teaming hostdev devices must have type='transient'");
  if (!teaming.persistent) throw unsupported('missing required persistent attribute in hostdev teaming element');
  if (type !== 'pci') throw unsupported('teaming is only supported for pci hostdev devices');
}
