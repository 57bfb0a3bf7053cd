import type { CallContext, DomainRef, TuningOps } from '@virtkit/core/driver';
import { DomainMemoryModFlags, DomainModificationImpact } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { changeDefs, impactOf, saveConfig } from '../domain/impact.js';
import { invalidArg, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { BALLOON_PATH } from '../stats/replies.js';
import { jobsOf } from './job.js';
import { hasBalloon } from './stats.js';

const { MAXIMUM } = DomainMemoryModFlags;
const { LIVE } = DomainModificationImpact;

/** Memory of a guest: what it has now (the balloon), and what it will have at its next start. */
export const memoryOps = (host: QemuHost) => {
  const { job } = jobsOf(host);

  async function setMemory(domain: QemuDomain, kib: number, flags: number, { signal }: CallContext): Promise<void> {
    const { live, config } = impactOf(domain, flags);
    if (flags & MAXIMUM) {
      if (live) throw operationInvalid('cannot resize the maximum memory on an active domain');
      const def = domain.persistentDef;
      const currentMemory = Math.min(def.currentMemory, kib);
      await saveConfig(host, domain, { ...def, memory: { ...def.memory, value: kib }, currentMemory });
      return;
    }
    const limits = [...(live ? [domain.def] : []), ...(config ? [domain.persistentDef] : [])];
    if (limits.some(({ memory }) => kib > memory.value)) throw invalidArg('cannot set memory higher than max memory');
    if (live) {
      if (!hasBalloon(domain))
        throw operationInvalid(
          'Unable to change memory of active domain without the balloon device and guest OS balloon driver',
        );
      await domain.running.monitor.execute('balloon', { value: BigInt(kib) * 1024n }, { signal });
    }
    if (config) await saveConfig(host, domain, { ...domain.persistentDef, currentMemory: kib });
  }

  const change = (ref: DomainRef, memory: bigint, flags: number, call: CallContext) =>
    job('domainSetMemory', ref, call, (domain) => setMemory(domain, Number(memory), flags, call));

  async function setStatsPeriod(domain: QemuDomain, period: number, flags: number, call: CallContext): Promise<void> {
    const impact = impactOf(domain, flags);
    if (!hasBalloon(domain))
      throw operationInvalid('Unable to set balloon driver collection period: there is no balloon');
    if (impact.live)
      await domain.running.monitor.execute(
        'qom-set',
        { path: BALLOON_PATH, property: 'guest-stats-polling-interval', value: period },
        call,
      );
    await changeDefs(host, domain, impact, (def) => ({
      ...def,
      devices: { ...def.devices, memballoon: { model: 'virtio', ...def.devices.memballoon, stats: { period } } },
    }));
  }

  return {
    domainSetMemory: (ref, memory, call) => change(ref, memory, LIVE, call),
    domainSetMemoryFlags: change,
    domainSetMaxMemory: (ref, memory, call) => change(ref, memory, MAXIMUM, call),
    domainSetMemoryStatsPeriod: (ref, period, flags, call) =>
      job('domainSetMemoryStatsPeriod', ref, call, (domain) => setStatsPeriod(domain, period, flags, call)),
  } satisfies TuningOps;
};
