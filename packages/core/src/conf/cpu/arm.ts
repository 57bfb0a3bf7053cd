import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { IDENTICAL, incompatible, unknownHost } from './cpu-comparison.js';
import { isHostCpu, type CpuDef } from './cpu-def.js';
import type { CpuDriver } from './cpu-driver.js';
import { withHostModel } from './host-model.js';
import { ARM_FEATURES, ARM_MODELS, ARM_VENDORS } from './map/models.js';

/** cpuDriverArm: any model is accepted, for QEMU knows more of them than anybody. */
export const armDriver: CpuDriver = {
  name: 'arm',
  archs: ['armv6l', 'armv7b', 'armv7l', 'aarch64'],
  compare(host, cpu) {
    if (!isHostCpu(cpu)) return IDENTICAL;
    if (host?.model?.name === undefined) return unknownHost();
    if (cpu.vendor !== undefined && cpu.vendor !== host.vendor) {
      return incompatible(`host CPU vendor does not match required CPU vendor ${cpu.vendor}`);
    }
    const name = cpu.model?.name;
    if (name !== undefined && name !== host.model.name) {
      return incompatible(`host CPU model does not match required CPU model ${name}`);
    }
    return IDENTICAL;
  },
  baseline: ([first]) => ({
    mode: 'custom',
    match: 'exact',
    ...(first?.model?.name === undefined ? {} : { model: { fallback: 'allow', name: first.model.name } }),
    feature: [],
  }),
  update(guest, host) {
    if (guest.mode !== 'host-model' || host === undefined) return guest;
    return withHostModel(guest, host);
  },
  unknownFeature: ({ feature }) => feature.find(({ name }) => !ARM_FEATURES.includes(name))?.name,
  hasFeature(cpu: CpuDef, name) {
    if (!ARM_FEATURES.includes(name)) {
      throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.CPU, `Unknown CPU feature ${name}`);
    }
    return cpu.feature.some((feature) => feature.name === name && feature.policy !== 'disable');
  },
};

/** virCPUarmDecode: the model by implementer and part number of the main identification register. */
export function armModelByMidr(midr: number): { readonly model?: string; readonly vendor?: string } {
  const vendor = ARM_VENDORS[(midr >>> 24) & 0xff];
  const part = (midr >>> 4) & 0xfff;
  const found = ARM_MODELS.find(([, owner, number]) => owner === vendor && number === part);
  return { ...(found ? { model: found[0] } : {}), ...(vendor === undefined ? {} : { vendor }) };
}
