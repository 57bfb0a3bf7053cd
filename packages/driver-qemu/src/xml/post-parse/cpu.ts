import type { DomainDef } from '@virtkit/core/conf';
import type { QemuCaps } from '../../capabilities/index.js';
import { configUnsupported } from '../../errors.js';
import { isPpc64, isS390, isX86 } from '../../machine.js';

/** qemuDomainDefSetDefaultCPU: the CPU that QEMU would give the guest is written down, so that a newer QEMU gives the same. */
export function setDefaultCpu(def: DomainDef, caps: QemuCaps | undefined): void {
  const { cpu } = def;
  if (cpu !== undefined && ((cpu.mode ?? 'custom') !== 'custom' || cpu.model?.name !== undefined)) return;
  // Other processors' defaults are of use to emulation only.
  if (!isX86(def) && !isS390(def) && !isPpc64(def) && def.type !== 'qemu') return;
  const name = defaultCpu(def, caps);
  if (name === undefined) return;
  const base = { feature: [], ...cpu };
  def.cpu =
    name === 'host'
      ? { ...base, mode: isS390(def) ? 'host-model' : 'host-passthrough' }
      : { ...base, mode: 'custom', match: 'exact', check: 'none', model: { fallback: 'forbid', name } };
}

/** virQEMUCapsGetMachineDefaultCPU: the model behind the type that the machine names. */
function defaultCpu(def: DomainDef, caps: QemuCaps | undefined): string | undefined {
  const { machine } = def.os.type;
  const type = machine === undefined ? undefined : caps?.machine(def.type, machine)?.defaultCpu;
  if (type === undefined) return undefined;
  return caps?.cpuModels(def.type)?.find(({ typename, name }) => typename === type || name === type)?.name;
}

/** qemuDomainDefCPUPostParse */
export function postParseCpu(def: DomainDef, caps: QemuCaps | undefined): void {
  const { cpu } = def;
  if (cpu === undefined) return;
  const mode = cpu.mode;
  // Of 'maximum' nothing is assumed: libvirt 9.0 leaves that to QEMU.
  if (mode === 'host-passthrough' && cpu.migratable === undefined && caps !== undefined) {
    if (caps.has('cpu.migratable')) cpu.migratable = true;
    else if (isX86(def)) cpu.migratable = false;
  }
  requireSve(cpu);
  // Where only the topology is given, there is nothing to check.
  if (mode === 'custom' && cpu.model?.name === undefined) return;
  if (cpu.check !== undefined) return;
  if (mode === 'host-passthrough' || mode === 'maximum') cpu.check = 'none';
  else if (mode === 'host-model') cpu.check = 'partial';
  else if (mode === 'custom') cpu.check = def.type === 'qemu' ? 'none' : 'partial';
}

/** Vector lengths of SVE mean nothing without SVE itself. */
function requireSve({ feature }: NonNullable<DomainDef['cpu']>): void {
  if (!feature.some(({ name }) => name !== 'sve' && name.startsWith('sve'))) return;
  const sve = feature.find(({ name }) => name === 'sve');
  if (sve === undefined) feature.push({ policy: 'require', name: 'sve' });
  else if (sve.policy === 'disable' || sve.policy === 'forbid')
    throw configUnsupported('SVE disabled, but SVE vector lengths provided');
}
