import type { DomainDef } from '@virtkit/core/conf';
import type { CallContext, DomainRef, TuningOps } from '@virtkit/core/driver';
import { DomainMemoryModFlags } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { formatInactive } from '../domain/xml.js';
import { invalidArg, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { hasBalloon } from './stats.js';

const { LIVE: MEM_LIVE, CONFIG: MEM_CONFIG, MAXIMUM: MEM_MAXIMUM } = DomainMemoryModFlags;

/** Memory of a guest: what it has now (the balloon), and what it will have at its next start. */
export const memoryOps = (host: QemuHost) => {
  /** Which of live state and definition a change is for; neither flag means whichever is current. */
  function targets(domain: QemuDomain, flags: number): { live: boolean; config: boolean } {
    const neither = (flags & (MEM_LIVE | MEM_CONFIG)) === 0;
    const live = (flags & MEM_LIVE) !== 0 || (neither && domain.active);
    const config = (flags & MEM_CONFIG) !== 0 || (neither && !domain.active);
    if (live && !domain.active) throw operationInvalid('domain is not running');
    if (config && !domain.persistent) throw operationInvalid('transient domains do not have any persistent config');
    return { live, config };
  }

  async function saveConfig(domain: QemuDomain, def: DomainDef): Promise<void> {
    await host.config.save(domain.name, formatInactive(def));
    if (domain.active) domain.newDef = def;
    else domain.def = def;
  }

  async function setMemory(domain: QemuDomain, kib: number, flags: number, { signal }: CallContext): Promise<void> {
    domain.assertListed();
    const { live, config } = targets(domain, flags);
    if (flags & MEM_MAXIMUM) {
      if (live) throw operationInvalid('cannot resize the maximum memory on an active domain');
      const def = domain.persistentDef;
      const currentMemory = Math.min(def.currentMemory, kib);
      await saveConfig(domain, { ...def, memory: { ...def.memory, value: kib }, currentMemory });
      return;
    }
    if (live && kib > domain.def.memory.value) throw invalidArg('cannot set memory higher than max memory');
    if (config && kib > domain.persistentDef.memory.value) throw invalidArg('cannot set memory higher than max memory');
    if (live) {
      if (!hasBalloon(domain))
        throw operationInvalid(
          'Unable to change memory of active domain without the balloon device and guest OS balloon driver',
        );
      await domain.running.monitor.execute('balloon', { value: BigInt(kib) * 1024n }, { signal });
    }
    if (config) await saveConfig(domain, { ...domain.persistentDef, currentMemory: kib });
  }

  const change = (ref: DomainRef, memory: bigint, flags: number, call: CallContext) => {
    const domain = host.domains.byUuid(ref.uuid, ref.name);
    return domain.jobs.run('domainSetMemory', () => setMemory(domain, Number(memory), flags, call), call);
  };

  return {
    domainSetMemory: (ref, memory, call) => change(ref, memory, MEM_LIVE, call),
    domainSetMemoryFlags: change,
    domainSetMaxMemory: (ref, memory, call) => change(ref, memory, MEM_MAXIMUM, call),
  } satisfies TuningOps;
};
