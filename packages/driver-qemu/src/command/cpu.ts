import type { DomainDef } from '@virtkit/core/conf';
import { bootVcpus } from '../vcpu/config-vcpus.js';
import type { QemuCaps } from '../capabilities/index.js';
import { configUnsupported } from '../errors.js';
import { isArm, isPpc, isPpc64, isX86 } from '../machine.js';
import { escapeComma } from './arg-list.js';
import { hypervWords } from './hyperv.js';

/** A feature that QEMU has dropped: naming it would be refused, and nobody gets it anyway. */
const GONE = 'pconfig';

/** QEMU's spelling of feature names that differ from libvirt's. */
const QEMU_NAMES: Readonly<Record<string, string>> = {
  cmp_legacy: 'cmp-legacy',
  ds_cpl: 'ds-cpl',
  fxsr_opt: 'fxsr-opt',
  kvm_pv_eoi: 'kvm-pv-eoi',
  kvm_pv_unhalt: 'kvm-pv-unhalt',
  lahf_lm: 'lahf-lm',
  nodeid_msr: 'nodeid-msr',
  pclmuldq: 'pclmulqdq',
  perfctr_core: 'perfctr-core',
  perfctr_nb: 'perfctr-nb',
  tsc_adjust: 'tsc-adjust',
  sse4_1: 'sse4.1',
  'sse4.1': 'sse4.1',
  'sse4.2': 'sse4.2',
};

/** virQEMUCapsCPUFeatureToQEMU */
function qemuFeatureName(name: string, x86: boolean): string {
  if (!x86) return name;
  return QEMU_NAMES[name] ?? name;
}

/** qemuBuildCpuCommandLine */
export function cpuArguments(def: DomainDef, caps: QemuCaps): string[] {
  const { features = {}, clock } = def;
  const words: string[] = [];
  const model = def.cpu === undefined ? undefined : modelWords(def, caps);
  const flags: string[] = [];
  const timer = (name: string) => clock.timer.find((one) => one.name === name);
  const tsc = timer('tsc')?.frequency;
  const kvmclock = timer('kvmclock')?.present;
  if (kvmclock !== undefined) flags.push(`kvmclock=${kvmclock ? 'on' : 'off'}`);
  if (features.apic?.eoi !== undefined) flags.push(`kvm-pv-eoi=${features.apic.eoi ? 'on' : 'off'}`);
  if (features.pvspinlock !== undefined) flags.push(`kvm-pv-unhalt=${features.pvspinlock.state ? 'on' : 'off'}`);
  if (tsc !== undefined) flags.push(`tsc-frequency=${tsc}`);
  flags.push(...hypervWords(def));
  for (const panic of def.devices.panic) if (panic.model === 'hyperv') flags.push('hv-crash');
  if (features.kvm?.hidden?.state === true) flags.push('kvm=off');
  if (features.kvm?.['hint-dedicated']?.state === true) flags.push('kvm-hint-dedicated=on');
  if (features.kvm?.['poll-control']?.state === true) flags.push('kvm-poll-control=on');
  if (features.kvm?.['pv-ipi'] !== undefined && !features.kvm['pv-ipi'].state) flags.push('kvm-pv-ipi=off');
  if (features.pmu !== undefined && !isPpc(def)) flags.push(`pmu=${features.pmu.state ? 'on' : 'off'}`);
  const cache = def.cpu?.cache;
  if (cache !== undefined) {
    const hosts = def.cpu?.mode === 'host-passthrough' || def.cpu?.mode === 'maximum';
    if (cache.mode === 'passthrough') flags.push('host-cache-info=on', 'l3-cache=off');
    else if (cache.mode === 'emulate') flags.push('l3-cache=on', ...(hosts ? ['host-cache-info=off'] : []));
    else flags.push(...(hosts ? ['host-cache-info=off'] : []), 'l3-cache=off');
  }
  const phys = def.cpu?.maxphysaddr;
  if (phys?.mode === 'passthrough') flags.push('host-phys-bits=on');
  else if (phys?.mode === 'emulate') flags.push(`phys-bits=${phys.bits}`);
  if (timer('armvtimer')?.tickpolicy === 'discard' && isArm(def)) flags.push('kvm-no-adjvtime=on');
  if (model !== undefined) words.push(...model);
  else if (flags.length > 0 || is32On64(def, caps)) words.push(...defaultModel(def));
  words.push(...flags);
  return words.length === 0 ? [] : ['-cpu', words.join(',')];
}

/** A 32-bit guest of a 64-bit emulator gets a CPU that has nothing more. */
function is32On64(def: DomainDef, caps: QemuCaps): boolean {
  return (
    def.os.type.arch === 'i686' && (caps.arch === 'x86_64' || /x86_64$|qemu-kvm$/.test(def.devices.emulator ?? ''))
  );
}

function defaultModel(def: DomainDef): string[] {
  if (def.os.type.arch === 'i686') return ['qemu32'];
  if (isX86(def)) return ['qemu64'];
  throw configUnsupported(`CPU flags requested but can't determine default CPU for arch ${def.os.type.arch ?? ''}`);
}

function modelWords(def: DomainDef, caps: QemuCaps): string[] {
  const cpu = def.cpu!;
  const words: string[] = [];
  const x86 = isX86(def);
  const features = cpu.feature;
  switch (cpu.mode) {
    case 'host-passthrough':
      words.push(def.type === 'qemu' && caps.has('cpu-max') ? 'max' : 'host');
      if (cpu.migratable !== undefined && caps.has('cpu.migratable'))
        words.push(`migratable=${cpu.migratable ? 'on' : 'off'}`);
      break;
    case 'maximum':
      words.push('max');
      if (cpu.migratable !== undefined && caps.has('cpu.migratable') && x86)
        words.push(`migratable=${cpu.migratable ? 'on' : 'off'}`);
      break;
    case 'host-model':
      // Only POWER's is left: others were resolved to a model before the start.
      words.push('host');
      if (isPpc64(def) && cpu.model?.name !== undefined) words.push(`compat=${cpu.model.name}`);
      return words;
    default:
      if (cpu.model?.name === undefined) return [];
      words.push(escapeComma(cpu.model.name));
  }
  for (const { name, policy } of features) {
    if (name === GONE && policy === 'disable') continue;
    const state = policy === 'disable' || policy === 'forbid' ? 'off' : policy === 'optional' ? undefined : 'on';
    if (state !== undefined) words.push(`${qemuFeatureName(name, x86)}=${state}`);
  }
  const own = cpu.mode === 'host-passthrough' || cpu.mode === 'maximum';
  const vendorId = cpu.model?.vendor_id;
  if (vendorId !== undefined && !own) words.splice(1, 0, `vendor=${vendorId}`);
  return words;
}

/** qemuBuildSmpCommandLine */
export function smpArguments(def: DomainDef, caps: QemuCaps): string[] {
  const { vcpu, cpu } = def;
  const current = bootVcpus(def);
  const topology = cpu?.topology;
  const words = [String(current)];
  if (current !== vcpu.value) words.push(`maxcpus=${vcpu.value}`);
  if (topology !== undefined) {
    const { sockets = 1, dies = 1, cores = 1, threads = 1 } = topology;
    words.push(`sockets=${sockets}`);
    if (caps.has('smp-dies')) words.push(`dies=${dies}`);
    words.push(`cores=${cores}`, `threads=${threads}`);
  } else words.push(`sockets=${vcpu.value}`, 'cores=1', 'threads=1');
  return ['-smp', words.join(',')];
}
