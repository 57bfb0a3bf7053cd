import {
  type DomainDef,
  formatBitmap,
  iothreadIds,
  parseBitmap,
  withIothread,
  withNamedIothread,
  withoutIothread,
} from '@virtkit/core/conf';
import type { DomainIOThreadInfo, DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { ErrorDomain, type TypedParams, paramValues, validateParams } from '@virtkit/core/util';
import { cpuMap, cpusOf } from '../cpu-map.js';
import { causeUnknown, invalidArg } from '../errors.js';
import { DEFAULT_POLLING } from '../state/domain-object.js';
import { changeOne, oneDef } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';
import { vcpusOf } from '../state/vcpus.js';

function requireId(id: number): void {
  if (id === 0) throw invalidArg('invalid value of 0 for iothread_id');
}

function pin(def: DomainDef, iothread: number, cpus: readonly number[]): DomainDef {
  const others = (def.cputune?.iothreadpin ?? []).filter((known) => known.iothread !== iothread);
  const iothreadpin = [...others, { iothread, cpuset: formatBitmap(cpus) }].sort((a, b) => a.iothread - b.iothread);
  return { ...def, cputune: { ...def.cputune, iothreadpin } };
}

/** IO threads. */
export function iothreadOps({ domains }: TestNode) {
  return {
    domainGetIOThreadInfo(ref: DomainRef, flags: number): DomainIOThreadInfo[] {
      const def = oneDef(domains.of(ref), flags);
      return iothreadIds(def).map((iothreadId) => {
        const own = def.cputune?.iothreadpin?.find(({ iothread }) => iothread === iothreadId)?.cpuset;
        return { iothreadId, cpumap: cpuMap(parseBitmap(own ?? def.vcpu.cpuset ?? `0-${vcpusOf(def) - 1}`) ?? []) };
      });
    },

    domainPinIOThread(ref: DomainRef, id: number, cpumap: Uint8Array, flags: number): void {
      changeOne(domains.of(ref), flags, (def) => {
        const cpus = cpusOf(cpumap);
        if (cpus.length === 0) throw invalidArg('Empty iothread cpumap list for pinning');
        if (!iothreadIds(def).includes(id)) throw invalidArg(`iothreadid ${id} not found`);
        return pin(withNamedIothread(def, id), id, cpus);
      });
    },

    domainAddIOThread(ref: DomainRef, id: number, flags: number): void {
      requireId(id);
      const dom = domains.of(ref);
      changeOne(dom, flags, (def) => {
        const ids = iothreadIds(def);
        if (ids.includes(id)) throw invalidArg(`an IOThread is already using iothread_id '${id}'`, ErrorDomain.DOMAIN);
        return withIothread(def, id);
      });
      dom.polling.set(id, { ...DEFAULT_POLLING });
    },

    domainDelIOThread(ref: DomainRef, id: number, flags: number): void {
      requireId(id);
      const dom = domains.of(ref);
      changeOne(dom, flags, (def) => {
        const ids = iothreadIds(def);
        if (!ids.includes(id)) throw invalidArg(`cannot find IOThread '${id}' in iothreadids list`, ErrorDomain.DOMAIN);
        return withoutIothread(def, id);
      });
      dom.polling.delete(id);
    },

    domainSetIOThreadParams(ref: DomainRef, id: number, params: TypedParams, flags: number): void {
      requireId(id);
      const dom = domains.of(ref);
      if (!iothreadIds(oneDef(dom, flags)).includes(id))
        throw invalidArg(`cannot find IOThread '${id}' in iothreadids`);
      const polling = dom.polling.get(id);
      // Only threads that were added later have polling; for others libvirt's driver fails without saying why.
      if (polling === undefined) throw causeUnknown();
      validateParams(params, { poll_max_ns: 'ULLONG', poll_grow: 'UINT', poll_shrink: 'UINT' });
      const given = paramValues(params);
      dom.polling.set(id, {
        maxNs: (given.get('poll_max_ns') as bigint | undefined) ?? polling.maxNs,
        grow: (given.get('poll_grow') as number | undefined) ?? polling.grow,
        shrink: (given.get('poll_shrink') as number | undefined) ?? polling.shrink,
      });
    },
  } satisfies Partial<HypervisorDriver>;
}
