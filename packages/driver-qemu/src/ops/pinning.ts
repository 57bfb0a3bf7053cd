import { type DomainDef, formatBitmap, iothreadIds, parseBitmap } from '@virtkit/core/conf';
import type { CallContext, DeviceOps, DomainRef, TuningOps } from '@virtkit/core/driver';
import { cpuBitmap, DomainModificationImpact, readHostProcessors, TypedParamsBuilder } from '@virtkit/core/util';
import { guestThreads, pinEmulator, pinGuestThread } from '../cgroup/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { changeDefs, defFor, impactOf } from '../domain/impact.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { affinityOf } from '../vcpu/affinity.js';
import { emitTunable, jobsOf } from './job.js';

const { LIVE } = DomainModificationImpact;

/** The processors of a map as a client gives it. */
function cpusOf(map: Uint8Array): number[] {
  const cpus: number[] = [];
  for (let cpu = 0; cpu < map.length * 8; cpu++) if (((map[cpu >>> 3] ?? 0) >>> (cpu & 7)) & 1) cpus.push(cpu);
  return cpus;
}

type PinKind = 'vcpu' | 'iothread';

/** The definition with a thread's processors, in the order of threads. */
function withPin<K extends PinKind>(def: DomainDef, kind: K, id: number, cpuset: string): DomainDef {
  const list = `${kind}pin` as const;
  const pins = ((def.cputune?.[list] ?? []) as ({ cpuset: string } & Record<K, number>)[]).filter(
    (pin) => pin[kind] !== id,
  );
  const changed = [...pins, { [kind]: id, cpuset } as { cpuset: string } & Record<K, number>].sort(
    (a, b) => a[kind] - b[kind],
  );
  return { ...def, cputune: { ...def.cputune, [list]: changed } };
}

/** Where threads of guests may run. */
export const pinningOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  const hostCpus = async (): Promise<number> => ((await readHostProcessors(host.reader)).present.at(-1) ?? 0) + 1;

  async function mapOf(cpuset: string | undefined): Promise<Uint8Array> {
    const count = await hostCpus();
    return cpuBitmap(
      cpuset === undefined ? Array.from({ length: count }, (_, i) => i) : (parseBitmap(cpuset) ?? []),
      count,
    );
  }

  /** Raises INVALID_ARG for no processors at all, or none of this host. */
  async function cpusetOf(map: Uint8Array, what: string): Promise<string> {
    const count = await hostCpus();
    const cpus = cpusOf(map).filter((cpu) => cpu < count);
    if (cpus.length === 0) throw invalidArg(`Empty ${what} list for pinning`);
    return formatBitmap(cpus);
  }

  async function pinVcpu(domain: QemuDomain, id: number, map: Uint8Array, flags: number): Promise<void> {
    const impact = impactOf(domain, flags);
    if (impact.live && id >= domain.def.vcpu.value)
      throw invalidArg(`vcpu ${id} is out of range of live cpu count ${domain.def.vcpu.value}`);
    const { vcpu } = domain.persistentDef;
    if (impact.config && id >= vcpu.value)
      throw invalidArg(`vcpu ${id} is out of range of persistent cpu count ${vcpu.current ?? vcpu.value}`);
    const cpuset = await cpusetOf(map, 'vcpu');
    if (impact.live) {
      const live = domain.running;
      const tid = (await guestThreads(live.monitor, domain.def)).vcpus.get(id);
      if (tid !== undefined) await pinGuestThread(await live.cgroup, `vcpu${id}`, tid, cpuset);
    }
    await changeDefs(host, domain, impact, (def) => withPin(def, 'vcpu', id, cpuset));
    if (impact.live) emitTunable(host, domain, new TypedParamsBuilder().string(`cputune.vcpupin${id}`, cpuset).params);
  }

  const pinVcpuFlags = (ref: DomainRef, id: number, map: Uint8Array, flags: number, call: CallContext) =>
    job('domainPinVcpu', ref, call, (domain) => pinVcpu(domain, id, map, flags));

  /** What running threads may use now; with an affinity that others gave them, too. */
  async function liveIothreads(domain: QemuDomain, call: CallContext) {
    const { monitor, process } = domain.running;
    const { iothreads } = await guestThreads(monitor, domain.def, call);
    const count = await hostCpus();
    return [...iothreads].map(([iothreadId, tid]) => ({
      iothreadId,
      cpumap: cpuBitmap(affinityOf(process.pid, tid), count),
    }));
  }

  return {
    domainPinVcpu: (ref, id, map, call) => pinVcpuFlags(ref, id, map, LIVE, call),
    domainPinVcpuFlags: pinVcpuFlags,

    domainGetVcpuPinInfo: async (ref, flags) => {
      const { vcpu, cputune } = defFor(find(ref), flags);
      const pins = new Map(cputune?.vcpupin?.map((pin) => [pin.vcpu, pin.cpuset]));
      return Promise.all(Array.from({ length: vcpu.value }, (_, id) => mapOf(pins.get(id) ?? vcpu.cpuset)));
    },

    domainPinEmulator: (ref, map, flags, call) =>
      job('domainPinEmulator', ref, call, async (domain) => {
        const impact = impactOf(domain, flags);
        const cpuset = await cpusetOf(map, 'emulator cpu');
        if (impact.live) await pinEmulator(await domain.running.cgroup, domain.running.process.pid, cpuset);
        await changeDefs(host, domain, impact, (def) => ({
          ...def,
          cputune: { ...def.cputune, emulatorpin: { cpuset } },
        }));
        if (impact.live)
          emitTunable(host, domain, new TypedParamsBuilder().string('cputune.emulatorpin', cpuset).params);
      }),

    domainGetEmulatorPinInfo: async (ref, flags) => {
      const { vcpu, cputune } = defFor(find(ref), flags);
      return mapOf(cputune?.emulatorpin?.cpuset ?? vcpu.cpuset);
    },

    domainPinIOThread: (ref, id, map, flags, call) =>
      job('domainPinIOThread', ref, call, async (domain) => {
        const impact = impactOf(domain, flags);
        const cpuset = await cpusetOf(map, 'iothread cpu');
        if (impact.config && !iothreadIds(domain.persistentDef).includes(id))
          throw invalidArg(`iothreadid ${id} not found`);
        if (impact.live) {
          const live = domain.running;
          const tid = (await guestThreads(live.monitor, domain.def, call)).iothreads.get(id);
          if (tid === undefined) throw invalidArg(`iothread ${id} not found`);
          await pinGuestThread(await live.cgroup, `iothread${id}`, tid, cpuset);
        }
        await changeDefs(host, domain, impact, (def) => withPin(def, 'iothread', id, cpuset));
        if (impact.live)
          emitTunable(host, domain, new TypedParamsBuilder().string(`cputune.iothreadpin${id}`, cpuset).params);
      }),

    domainGetIOThreadInfo: async (ref, flags, call) => {
      const domain = find(ref);
      const impact = impactOf(domain, flags);
      if (impact.live) return liveIothreads(domain, call);
      const { vcpu, cputune, ...def } = domain.persistentDef;
      const pins = new Map(cputune?.iothreadpin?.map((pin) => [pin.iothread, pin.cpuset]));
      return Promise.all(
        iothreadIds({ ...def, vcpu }).map(async (iothreadId) => ({
          iothreadId,
          cpumap: await mapOf(pins.get(iothreadId) ?? vcpu.cpuset),
        })),
      );
    },
  } satisfies TuningOps & DeviceOps;
};
