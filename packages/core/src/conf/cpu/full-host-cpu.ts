import { expandCpu, findCpuDriver } from './cpu.js';
import type { GuestCpuDef, HostCpuDef } from './cpu-def.js';

/**
 * VIR_QEMU_CAPS_HOST_CPU_FULL under KVM: what guests are checked against. All that the host has, and what the hypervisor can
 * give besides.
 */
export function fullHostCpu(host: HostCpuDef, hypervisor: GuestCpuDef): HostCpuDef {
  if (host.model?.name === undefined || findCpuDriver(host.arch)?.expand === undefined) return host;
  const known = new Set(expandCpu(host.arch, host).feature.map(({ name }) => name));
  const given = expandCpu(host.arch, hypervisor).feature.filter(({ policy }) => policy === 'require');
  const more = given.filter(({ name }) => !known.has(name)).map(({ name }) => ({ name }));
  return more.length === 0 ? host : { ...host, feature: [...host.feature, ...more] };
}
