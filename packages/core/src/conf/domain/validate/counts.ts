import { unsupported, wrong } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainDefTPMsParse: one for the guest, and one that it hands on. */
export function checkTpmCount({ devices }: Partial<DomainDef>): void {
  if ((devices?.tpm.length ?? 0) > 2)
    throw wrong('a maximum of two TPM devices is supported, one of them being a TPM Proxy device');
}

/** Every way of telling the host of a panic is there once. */
export function checkPanics({ devices }: DomainDef): void {
  const models = new Set<string>();
  for (const { model = 'default' } of devices.panic) {
    if (models.has(model)) throw wrong(`Multiple panic devices with model '${model}'`);
    models.add(model);
  }
}

/** virDomainDefIOMMUValidate: what an IOMMU asks of the rest of the domain. */
export function checkIommu({ devices, features }: DomainDef): void {
  const { model, driver = {} } = devices.iommu ?? {};
  if (model !== 'intel') return;
  if (driver.intremap === true && features?.ioapic?.driver !== 'qemu')
    throw unsupported("IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')");
  if (driver.eim === true && driver.intremap !== true)
    throw unsupported('IOMMU eim requires interrupt remapping to be enabled');
}
