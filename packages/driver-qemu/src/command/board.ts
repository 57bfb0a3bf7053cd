import type { DomainDef } from '@virtkit/core/conf';
import type { ArgList } from './arg-list.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';

export function addWatchdogs(args: ArgList, def: DomainDef): void {
  for (const watchdog of def.devices.watchdog) {
    args.device({ driver: watchdog.model, id: watchdog.alias?.name ?? '', ...addressProps(def, watchdog) });
    // QEMU can only pause; that a dump is wanted then is ours to know.
    const action = watchdog.action === 'dump' ? 'pause' : watchdog.action;
    args.add('-watchdog-action', action);
  }
}

export function addNvram(args: ArgList, def: DomainDef): void {
  const { nvram } = def.devices;
  if (nvram?.address?.type === 'spapr-vio' && nvram.address.reg !== undefined)
    args.add('-global', `spapr-nvram.reg=0x${nvram.address.reg.toString(16)}`);
}

export function addPanics(args: ArgList, def: DomainDef): void {
  for (const panic of def.devices.panic)
    if (panic.model === 'isa')
      args.device({
        driver: 'pvpanic',
        ...(panic.address?.type === 'isa' && { ioport: panic.address.iobase ?? 0 }),
      });
}

export function addIommu(args: ArgList, def: DomainDef): void {
  const { iommu } = def.devices;
  if (iommu === undefined) return;
  const { driver = {} } = iommu;
  if (iommu.model === 'intel')
    args.device({
      driver: 'intel-iommu',
      id: iommu.alias?.name ?? '',
      ...(driver.intremap !== undefined && { intremap: driver.intremap ? 'on' : 'off' }),
      ...(driver.caching_mode !== undefined && { 'caching-mode': driver.caching_mode }),
      ...(driver.eim !== undefined && { eim: driver.eim ? 'on' : 'off' }),
      ...(driver.iotlb !== undefined && { 'device-iotlb': driver.iotlb }),
      ...(driver.aw_bits !== undefined && { 'aw-bits': driver.aw_bits }),
    });
  else if (iommu.model === 'virtio')
    args.device({ driver: 'virtio-iommu', id: iommu.alias?.name ?? '', ...addressProps(def, iommu) });
}

/** qemuBuildVMGenIDCommandLine and qemuBuildVMCoreInfoCommandLine */
export function addGuestFacts(args: ArgList, def: DomainDef): void {
  if (def.genid !== undefined) args.device({ driver: 'vmgenid', guid: def.genid, id: 'vmgenid0' });
}

export function addVmCoreInfo(args: ArgList, def: DomainDef): void {
  if (def.features?.vmcoreinfo?.state === true) args.device({ driver: 'vmcoreinfo' });
}

/** qemuBuildSecCommandLine: memory that the host cannot read. */
export function addLaunchSecurity(args: ArgList, def: DomainDef, context: CommandContext): void {
  const security = def.launchSecurity;
  if (security === undefined) return;
  if (security.type === 's390-pv') {
    args.object({ 'qom-type': 's390-pv-guest', id: 'lsec0' });
    return;
  }
  args.object({
    'qom-type': 'sev-guest',
    id: 'lsec0',
    cbitpos: security.cbitpos ?? args.caps.data.sev?.cbitpos,
    'reduced-phys-bits': security.reducedPhysBits ?? args.caps.data.sev?.reducedPhysBits,
    policy: security.policy,
    ...(security.dhCert !== undefined && { 'dh-cert-file': `${context.dir}/dh_cert.base64` }),
    ...(security.session !== undefined && { 'session-file': `${context.dir}/session.base64` }),
    ...(security.kernelHashes !== undefined && { 'kernel-hashes': security.kernelHashes }),
  });
}
