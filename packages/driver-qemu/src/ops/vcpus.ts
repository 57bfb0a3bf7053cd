import { readFileSync } from 'node:fs';
import type { CallContext, DomainRef, TuningOps } from '@virtkit/core/driver';
import { DomainVcpuFlags, cpuBitmap, parseCpuList } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { changeDefs, defFor, impactOf } from '../domain/impact.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { argumentUnsupported, invalidArg, operationFailed, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { type HotpluggableCpu, type RunningCpu, combineVcpus } from '../vcpu/index.js';

const { MAXIMUM, GUEST } = DomainVcpuFlags;
const RUNNING = 1;

/** Where a thread runs, how long it has run (ns), and where it may run, from /proc. */
function threadFacts(pid: number, tid: number): { cpu: number; time: bigint; allowed: number[] } {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [time = '0'] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').split(' ');
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1');
    const allowed = parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '');
    return { cpu: Number(fields[36] ?? 0), time: BigInt(time), allowed };
  } catch {
    return { cpu: 0, time: 0n, allowed: [] };
  }
}

async function readVcpus({ monitor }: LiveDomain, most: number, call: CallContext) {
  const [slots, running] = await Promise.all([
    monitor.execute<HotpluggableCpu[]>('query-hotpluggable-cpus', undefined, call),
    monitor.execute<RunningCpu[]>('query-cpus-fast', undefined, call),
  ]);
  return combineVcpus(slots, running, most);
}

/** How many virtual processors a guest has, and what they do. */
export const vcpuOps = (host: QemuHost) => {
  const find = (ref: DomainRef) => host.domains.byUuid(ref.uuid, ref.name);

  async function vcpus(ref: DomainRef, call: CallContext) {
    const domain = find(ref);
    const live = domain.running;
    const found = await readVcpus(live, domain.def.vcpu.value, call);
    return found
      .filter(({ online }) => online)
      .map(({ id, threadId }) => {
        const { cpu, time, allowed } = threadFacts(live.process.pid, threadId ?? 0);
        return {
          number: id,
          state: RUNNING,
          cpuTime: time,
          cpu,
          cpumap: cpuBitmap(allowed, Math.max(0, ...allowed) + 1),
        };
      });
  }

  /** Plugs or unplugs slots until the guest has `wanted` processors. */
  async function setLive(domain: QemuDomain, wanted: number, call: CallContext): Promise<void> {
    const { monitor } = domain.running;
    const found = await readVcpus(domain.running, domain.def.vcpu.value, call);
    let online = found.filter((vcpu) => vcpu.online).length;
    const slots = found.filter(({ slot }) => slot !== undefined);
    for (const { id, slot, online: filled } of slots) {
      if (slot === undefined || filled || online + slot.vcpus > wanted) continue;
      await monitor.execute('device_add', { driver: slot.type, id: `vcpu${id}`, ...slot.topology }, call);
      online += slot.vcpus;
    }
    for (const { slot, online: filled } of slots.toReversed()) {
      if (online <= wanted || slot?.alias === undefined || !filled) continue;
      await monitor.execute('device_del', { id: slot.alias }, call);
      online -= slot.vcpus;
    }
    if (online !== wanted)
      throw operationFailed(
        `cannot give the running guest ${wanted} vCPUs: it can have ${online} by plugging in or out whole slots`,
      );
  }

  async function setVcpus(domain: QemuDomain, count: number, flags: number, call: CallContext): Promise<void> {
    domain.assertListed();
    if (flags & GUEST) throw argumentUnsupported('QEMU guest agent is not configured');
    const impact = impactOf(domain, flags);
    if (flags & MAXIMUM) {
      if (impact.live) throw operationInvalid('maximum vcpu count of a live domain cannot be modified');
      return changeDefs(host, domain, impact, (def) => {
        const { current, ...vcpu } = def.vcpu;
        const keep = current !== undefined && current < count ? { current } : {};
        return { ...def, vcpu: { ...vcpu, value: count, ...keep } };
      });
    }
    for (const def of [...(impact.live ? [domain.def] : []), ...(impact.config ? [domain.persistentDef] : [])])
      if (count > def.vcpu.value)
        throw invalidArg(
          `requested vcpus is greater than max allowable vcpus for the ${def === domain.def ? 'live' : 'persistent'} domain: ${count} > ${def.vcpu.value}`,
        );
    if (impact.live) await setLive(domain, count, call);
    await changeDefs(host, domain, impact, (def) => {
      const { current: _, ...vcpu } = def.vcpu;
      return { ...def, vcpu: count === vcpu.value ? vcpu : { ...vcpu, current: count } };
    });
  }

  return {
    domainGetVcpus: vcpus,
    domainGetMaxVcpus: (ref) => {
      const domain = find(ref);
      return (domain.active ? domain.def : domain.persistentDef).vcpu.value;
    },
    domainGetVcpusFlags: (ref, flags) => {
      if (flags & GUEST) throw argumentUnsupported('QEMU guest agent is not configured');
      const { vcpu } = defFor(find(ref), flags);
      return flags & MAXIMUM ? vcpu.value : (vcpu.current ?? vcpu.value);
    },
    domainSetVcpus: (ref, count, call) => {
      const domain = find(ref);
      return domain.jobs.run('domainSetVcpus', () => setVcpus(domain, count, DomainVcpuFlags.LIVE, call), call);
    },
    domainSetVcpusFlags: (ref, count, flags, call) => {
      const domain = find(ref);
      return domain.jobs.run('domainSetVcpus', () => setVcpus(domain, count, flags, call), call);
    },
  } satisfies TuningOps;
};
