import { readFileSync } from 'node:fs';
import { type DomainDef, parseBitmap } from '@virtkit/core/conf';
import type { CallContext, DomainRef, TuningOps } from '@virtkit/core/driver';
import {
  cpuBitmap,
  DomainModificationImpact,
  DomainVcpuFlags,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
} from '@virtkit/core/util';
import { notRunning, type QemuDomain } from '../domain/domain.js';
import { changeDefs, defFor, type Impact, impactOf } from '../domain/impact.js';
import { invalidArg, operationInvalid, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { affinityOf } from '../vcpu/affinity.js';
import { withMaxVcpus, withVcpuCount, withVcpusSet } from '../vcpu/config-vcpus.js';
import { plugSlot, readVcpus, slotsFor, unplugSlot, withLiveVcpus } from '../vcpu/hotplug.js';
import { agentVcpus, setAgentVcpus } from './agent.js';
import { jobsOf } from './job.js';

const { MAXIMUM, GUEST, HOTPLUGGABLE } = DomainVcpuFlags;
const { CONFIG } = DomainModificationImpact;
const RUNNING = 1;

/** Where a thread runs, and how long it has run (ns). */
function threadFacts(pid: number, tid: number): { cpu: number; time: bigint } {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [time = '0'] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').split(' ');
    return { cpu: Number(fields[36] ?? 0), time: BigInt(time) };
  } catch {
    return { cpu: 0, time: 0n };
  }
}

/** How many virtual processors a guest has, and what they do. */
export const vcpuOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  async function vcpus(ref: DomainRef, call: CallContext) {
    const domain = find(ref);
    if (domain.live === undefined) throw operationInvalid('cannot retrieve vcpu information for inactive domain');
    const live = domain.live;
    const found = await readVcpus(live, domain.def.vcpu.value, call);
    return found
      .filter(({ online }) => online)
      .map(({ id, threadId = 0 }) => {
        const { cpu, time } = threadFacts(live.process.pid, threadId);
        const allowed = affinityOf(live.process.pid, threadId);
        return {
          number: id,
          state: RUNNING,
          cpuTime: time,
          cpu,
          cpumap: cpuBitmap(allowed, Math.max(0, ...allowed) + 1),
        };
      });
  }

  /** What the guest has now, told as what it is, also when a change went wrong half way. */
  async function refresh(domain: QemuDomain): Promise<void> {
    if (domain.live === undefined) return;
    domain.def = withLiveVcpus(domain.def, await readVcpus(domain.live, domain.def.vcpu.value));
    await host.saveStatus(domain);
  }

  async function setLive(domain: QemuDomain, wanted: number, call: CallContext): Promise<void> {
    const live = domain.running;
    const { plug, unplug } = slotsFor(await readVcpus(live, domain.def.vcpu.value, call), wanted);
    if (plug.length === 0 && unplug.length === 0) return;
    try {
      for (const slot of plug) await plugSlot(live, domain.def, slot, call);
      for (const slot of unplug) await unplugSlot(live, slot, call);
    } finally {
      await refresh(domain).catch(() => undefined);
    }
  }

  function assertRoom(def: DomainDef, count: number, which: string): void {
    if (count > def.vcpu.value)
      throw invalidArg(
        `requested vcpus is greater than max allowable vcpus for the ${which} domain: ${count} > ${def.vcpu.value}`,
      );
  }

  async function setVcpus(domain: QemuDomain, count: number, flags: number, call: CallContext): Promise<void> {
    const impact = impactOf(domain, flags);
    if (flags & MAXIMUM) {
      if (impact.live) throw operationInvalid('maximum vcpu count of a live domain cannot be modified');
      const { cpu } = domain.persistentDef;
      const { sockets, dies = 1, cores, threads } = cpu?.topology ?? {};
      if (sockets !== undefined && sockets * dies * (cores ?? 1) * (threads ?? 1) !== count)
        throw invalidArg("CPU topology doesn't match the desired vcpu count");
      return changeDefs(host, domain, impact, (def) => withMaxVcpus(def, count));
    }
    if (impact.live) assertRoom(domain.def, count, 'live');
    if (impact.config) assertRoom(domain.persistentDef, count, 'persistent');
    if (impact.live) await setLive(domain, count, call);
    await changeDefs(host, domain, { live: false, config: impact.config }, (def) =>
      withVcpuCount(def, count, (flags & HOTPLUGGABLE) !== 0),
    );
  }

  function numbersOf(text: string): Set<number> {
    const ids = parseBitmap(text);
    if (ids === undefined)
      throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `Failed to parse bitmap '${text}'`);
    if (ids.length === 0) throw invalidArg('no vcpus selected for modification');
    return new Set(ids);
  }

  /** One slot at a time, named by all of its processors. */
  async function setOneLive(domain: QemuDomain, ids: ReadonlySet<number>, enabled: boolean, call: CallContext) {
    const live = domain.running;
    const found = await readVcpus(live, domain.def.vcpu.value, call);
    const first = Math.min(...ids);
    for (const id of ids) if (id >= domain.def.vcpu.value) throw invalidArg(`vcpu ${id} is not present in live config`);
    const vcpu = found.find(({ id }) => id === first);
    if (vcpu?.slot === undefined)
      throw operationUnsupported(
        `vcpu '${first}' belongs to a larger hotpluggable entity, whose other members must be named too`,
      );
    for (const id of ids)
      if (id >= first + vcpu.slot.vcpus) throw operationUnsupported('only one hotpluggable entity can be selected');
    if (ids.size !== vcpu.slot.vcpus)
      throw operationUnsupported(
        `vcpu '${first}' can be changed with all ${vcpu.slot.vcpus} of its hotpluggable entity only`,
      );
    if (vcpu.online === enabled) throw invalidArg(`vcpu '${first}' is already in requested state`);
    if (!enabled && vcpu.slot.alias === undefined) throw operationUnsupported(`vcpu '${first}' can't be unplugged`);
    const slot = { id: first, online: vcpu.online, slot: vcpu.slot };
    try {
      await (enabled ? plugSlot(live, domain.def, slot, call) : unplugSlot(live, slot, call));
    } finally {
      await refresh(domain).catch(() => undefined);
    }
  }

  async function setOne(
    domain: QemuDomain,
    ids: ReadonlySet<number>,
    state: number,
    impact: Impact,
    call: CallContext,
  ) {
    if (impact.config)
      for (const id of ids) {
        if (id === 0) throw invalidArg(`vCPU '${id}' can't be modified`);
        if (id >= domain.persistentDef.vcpu.value) throw invalidArg(`vcpu ${id} is not present in persistent config`);
      }
    if (impact.live) await setOneLive(domain, ids, state === 1, call);
    await changeDefs(host, domain, { live: false, config: impact.config }, (def) =>
      withVcpusSet(def, ids, state === 1),
    );
  }

  /** The guest itself is asked to use that many of the processors that it has. */
  async function setInGuest(domain: QemuDomain, count: number, flags: number, call: CallContext): Promise<void> {
    if ((flags & CONFIG) !== 0) throw invalidArg('only a running guest can be asked to use other processors');
    void domain.running;
    const has = domain.def.vcpu.current ?? domain.def.vcpu.value;
    if (count > has)
      throw invalidArg(
        `requested vcpu count is greater than the count of enabled vcpus in the domain: ${count} > ${has}`,
      );
    const vcpus = await agentVcpus(domain, call);
    const online = vcpus.filter((one) => one.online);
    const change =
      count > online.length
        ? vcpus.filter((one) => !one.online).slice(0, count - online.length)
        : online
            .filter((one) => one['can-offline'] === true)
            .reverse()
            .slice(0, online.length - count);
    if (change.length !== Math.abs(count - online.length))
      throw operationInvalid(`the guest cannot use ${count} vCPUs: some cannot be switched off`);
    const ids = change.map((one) => one['logical-id']);
    await setAgentVcpus(domain, ids, count > online.length, call);
  }

  const setFlags = (ref: DomainRef, count: number, flags: number, call: CallContext) =>
    (flags & GUEST) !== 0
      ? setInGuest(find(ref), count, flags, call)
      : job('domainSetVcpus', ref, call, (domain) => setVcpus(domain, count, flags, call));

  return {
    domainGetVcpus: vcpus,
    // Of a guest that runs: others are asked with flags.
    domainGetMaxVcpus: (ref) => {
      const domain = find(ref);
      if (domain.live === undefined) throw notRunning();
      return domain.def.vcpu.value;
    },
    domainGetVcpusFlags: async (ref, flags, call) => {
      if ((flags & GUEST) !== 0) {
        const domain = find(ref);
        if (!domain.active || (flags & CONFIG) !== 0)
          throw invalidArg('vCPU count provided by the guest agent can only be requested for live domains');
        const all = await agentVcpus(domain, call);
        return flags & MAXIMUM ? all.length : all.filter(({ online }) => online).length;
      }
      const { vcpu } = defFor(find(ref), flags);
      return flags & MAXIMUM ? vcpu.value : (vcpu.current ?? vcpu.value);
    },
    domainSetVcpus: (ref, count, call) => setFlags(ref, count, DomainVcpuFlags.LIVE, call),
    domainSetVcpusFlags: setFlags,
    domainSetVcpu: (ref, map, state, flags, call) => {
      if (state !== 0 && state !== 1) throw invalidArg(`unsupported state value '${state}': it is 0 or 1`);
      return job('domainSetVcpu', ref, call, (domain) =>
        setOne(domain, numbersOf(map), state, impactOf(domain, flags), call),
      );
    },
  } satisfies TuningOps;
};
