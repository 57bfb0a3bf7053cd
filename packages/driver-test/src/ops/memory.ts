import { memoryChange, memoryParams } from '@virtkit/core/conf';
import type { CallContext, DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { DomainMemoryModFlags, DomainMemoryStatTags, ErrorDomain, type TypedParams } from '@virtkit/core/util';
import { internalError, invalidArg, invalidArgument, operationInvalid } from '../errors.js';
import { changeOne, oneDef, oneImpactOf, requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

const { VIRTUAL, PHYSICAL } = { VIRTUAL: 1, PHYSICAL: 2 };
const PEEK_PERIOD = 256;

/** Memory: sizes, limits, statistics. */
export function memoryOps({ domains }: TestNode) {
  function domainSetMemoryFlags(ref: DomainRef, memory: bigint, flags: number): void {
    const dom = domains.of(ref);
    const { live } = oneImpactOf(dom, flags);
    const value = Number(memory);
    const maximum = (flags & DomainMemoryModFlags.MAXIMUM) !== 0;
    if (maximum && live) throw operationInvalid('cannot resize the maximum memory on an active domain');
    changeOne(dom, flags, (def) => {
      if (maximum)
        return { ...def, memory: { ...def.memory, value }, currentMemory: Math.min(def.currentMemory, value) };
      if (value > def.memory.value) throw invalidArg('cannot set memory higher than max memory');
      return { ...def, currentMemory: value };
    });
  }

  return {
    domainGetMaxMemory: (ref: DomainRef) => BigInt(domains.of(ref).live.memory.value),
    domainSetMaxMemory: (ref: DomainRef, memory: bigint) =>
      domainSetMemoryFlags(ref, memory, DomainMemoryModFlags.MAXIMUM),
    domainSetMemory: (ref: DomainRef, memory: bigint) => domainSetMemoryFlags(ref, memory, DomainMemoryModFlags.LIVE),
    domainSetMemoryFlags,

    domainSetMemoryStatsPeriod(ref: DomainRef, period: number, flags: number): void {
      if (period < 0) throw invalidArgument('period in virDomainSetMemoryStatsPeriod must be zero or greater');
      changeOne(domains.of(ref), flags, (def) => {
        const { memballoon } = def.devices;
        if (memballoon === undefined || memballoon.model === 'none')
          throw internalError('No memory balloon device configured, can not set the collection period');
        return { ...def, devices: { ...def.devices, memballoon: { ...memballoon, stats: { period } } } };
      });
    },

    domainMemoryStats(ref: DomainRef, flags: number) {
      const dom = domains.of(ref);
      requireActive(dom);
      const { memballoon } = dom.live.devices;
      if (memballoon === undefined || memballoon.model === 'none') return [];
      const size = BigInt(dom.live.currentMemory);
      const tags = DomainMemoryStatTags;
      return [
        { tag: tags.ACTUAL_BALLOON, val: size },
        { tag: tags.SWAP_IN, val: 0n },
        { tag: tags.SWAP_OUT, val: 0n },
        { tag: tags.MAJOR_FAULT, val: 0n },
        { tag: tags.MINOR_FAULT, val: 0n },
        { tag: tags.UNUSED, val: size / 2n },
        { tag: tags.AVAILABLE, val: size },
        { tag: tags.USABLE, val: size / 2n },
        { tag: tags.LAST_UPDATE, val: 627_319_920n },
        { tag: tags.DISK_CACHES, val: size / 8n },
        { tag: tags.HUGETLB_PGALLOC, val: 0n },
        { tag: tags.HUGETLB_PGFAIL, val: 0n },
        { tag: tags.RSS, val: size / 2n },
      ];
    },

    domainMemoryPeek(ref: DomainRef, offset: bigint, size: number, flags: number): Uint8Array {
      if (flags !== VIRTUAL && flags !== PHYSICAL)
        throw invalidArg('flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL');
      requireActive(domains.of(ref));
      const first = Number(offset % BigInt(PEEK_PERIOD));
      return Uint8Array.from({ length: size }, (_, i) => (first + i) % PEEK_PERIOD);
    },

    domainSetMemoryParameters(ref: DomainRef, params: TypedParams, flags: number): void {
      const change = memoryChange(params, ErrorDomain.TEST);
      changeOne(domains.of(ref), flags, change);
    },

    domainGetMemoryParameters: (ref: DomainRef, flags: number, { counting }: CallContext): TypedParams =>
      memoryParams(counting ? {} : oneDef(domains.of(ref), flags)),
  } satisfies Partial<HypervisorDriver>;
}
