import {
  type DomainDef,
  iothreadIds,
  iothreadOf,
  withIothread,
  withIothreadOptions,
  withoutIothread,
} from '@virtkit/core/conf';
import type { CallContext, DeviceOps } from '@virtkit/core/driver';
import {
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  paramValues,
  type TypedParams,
  validateParams,
} from '@virtkit/core/util';
import { guestThreads, pinGuestThread, placeIothread } from '../cgroup/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { changeDefs, impactOf } from '../domain/impact.js';
import { invalidArg, operationInvalid, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const PARAMS = {
  poll_max_ns: 'ULLONG',
  poll_grow: 'UINT',
  poll_shrink: 'UINT',
  thread_pool_min: 'INT',
  thread_pool_max: 'INT',
} as const;

const POLLING = { poll_max_ns: 'poll-max-ns', poll_grow: 'poll-grow', poll_shrink: 'poll-shrink' } as const;
const POOL = { thread_pool_min: 'thread-pool-min', thread_pool_max: 'thread-pool-max' } as const;
const INT_MAX = 0x7fff_ffffn;

interface PoolSizes {
  thread_pool_min?: number;
  thread_pool_max?: number;
}

function requireId(id: number): void {
  if (id === 0) throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.QEMU, 'invalid value of 0 for iothread_id');
}

/** What uses an IO thread must go first. */
function assertUnused({ devices }: DomainDef, id: number): void {
  const disk = devices.disk.find(({ driver }) => driver?.iothread === id);
  if (disk !== undefined)
    throw invalidArg(`cannot remove IOThread ${id} since it is being used by disk '${disk.target?.dev ?? ''}'`);
  const controller = devices.controller.find(
    (one) => (one as { driver?: { iothread?: number } }).driver?.iothread === id,
  );
  if (controller !== undefined)
    throw invalidArg(`cannot remove IOThread ${id} since it is being used by controller '${controller.index ?? 0}'`);
}

/** The IO threads of guests: how many, and how they wait for work. */
export const iothreadOps = (host: QemuHost) => {
  const { job } = jobsOf(host);

  const assertFree = (def: DomainDef, id: number): void => {
    if (iothreadIds(def).includes(id)) throw invalidArg(`an IOThread is already using iothread_id '${id}'`);
  };
  const assertThere = (def: DomainDef, id: number, list: string): void => {
    if (!iothreadIds(def).includes(id)) throw invalidArg(`cannot find IOThread '${id}' in ${list}`);
  };

  async function addLive(domain: QemuDomain, id: number, call: CallContext): Promise<void> {
    const live = domain.running;
    await live.monitor.execute('object-add', { 'qom-type': 'iothread', id: `iothread${id}` }, call);
    const grown = withIothread(domain.def, id);
    const tid = (await guestThreads(live.monitor, grown)).iothreads.get(id);
    const group = await live.cgroup;
    if (tid === undefined) return;
    if (group !== undefined) await placeIothread(group, domain.def, id, tid);
    const { cpuset } = domain.def.vcpu;
    if (cpuset !== undefined) await pinGuestThread(group, `iothread${id}`, tid, cpuset);
  }

  async function deleteLive(domain: QemuDomain, id: number, call: CallContext): Promise<void> {
    const live = domain.running;
    await live.monitor.execute('object-del', { id: `iothread${id}` }, call);
    await (await live.cgroup)?.child(`iothread${id}`).remove();
  }

  /** The sizes of its pool that an IO thread will have; the least must not be above the most. */
  function poolSizes(def: DomainDef, id: number, given: ReadonlyMap<string, unknown>): PoolSizes {
    const known = iothreadOf(def, id);
    const sizes: PoolSizes = {};
    for (const name of ['thread_pool_min', 'thread_pool_max'] as const) {
      const value = (given.get(name) as number | undefined) ?? known?.[name];
      if (value !== undefined) sizes[name] = value;
    }
    const { thread_pool_min: least = -1, thread_pool_max: most = -1 } = sizes;
    if (least !== -1 && most !== -1 && least > most)
      throw operationInvalid(`thread_pool_min (${least}) can't be greater than thread_pool_max (${most})`);
    return sizes;
  }

  async function setLive(
    domain: QemuDomain,
    id: number,
    given: ReadonlyMap<string, unknown>,
    call: CallContext,
  ): Promise<void> {
    const { monitor } = domain.running;
    const set = (property: string, value: unknown) =>
      monitor.execute('qom-set', { path: `/objects/iothread${id}`, property, value }, call);
    for (const [name, property] of Object.entries(POLLING)) {
      const value = given.get(name);
      if (value !== undefined) await set(property, value);
    }
    // Never for a moment the wrong way round: what makes room comes first.
    const least = given.get('thread_pool_min') as number | undefined;
    const most = given.get('thread_pool_max') as number | undefined;
    const now = iothreadOf(domain.def, id)?.thread_pool_max ?? 64;
    const order =
      least !== undefined && least > now
        ? (['thread_pool_max', 'thread_pool_min'] as const)
        : (['thread_pool_min', 'thread_pool_max'] as const);
    for (const name of order) {
      const value = name === 'thread_pool_min' ? least : most;
      if (value !== undefined) await set(POOL[name], value);
    }
  }

  async function setParams(domain: QemuDomain, id: number, params: TypedParams, flags: number, call: CallContext) {
    requireId(id);
    validateParams(params, PARAMS);
    const given = paramValues(params);
    const polls = Object.keys(POLLING).some((name) => given.has(name));
    for (const name of Object.keys(POLLING)) {
      const value = given.get(name);
      if (value !== undefined && BigInt(value as number) > INT_MAX)
        throw operationInvalid(`value of '${name}' is out of range [0, ${INT_MAX}]`);
    }
    const impact = impactOf(domain, flags);
    if (impact.live) {
      assertThere(domain.def, id, 'iothreadids');
      poolSizes(domain.def, id, given);
    }
    if (impact.config) {
      assertThere(domain.persistentDef, id, 'iothreadids');
      if (polls) throw operationUnsupported('configuring persistent polling values is not supported');
      poolSizes(domain.persistentDef, id, given);
    }
    if (impact.live) await setLive(domain, id, given, call);
    await changeDefs(host, domain, impact, (def) => {
      const sizes = poolSizes(def, id, given);
      return Object.keys(sizes).length === 0 ? def : withIothreadOptions(def, id, sizes);
    });
  }

  return {
    domainAddIOThread: (ref, id, flags, call) =>
      job('domainAddIOThread', ref, call, async (domain) => {
        requireId(id);
        const impact = impactOf(domain, flags);
        if (impact.live) assertFree(domain.def, id);
        if (impact.config) assertFree(domain.persistentDef, id);
        if (impact.live) await addLive(domain, id, call);
        await changeDefs(host, domain, impact, (def) => withIothread(def, id));
      }),

    domainDelIOThread: (ref, id, flags, call) =>
      job('domainDelIOThread', ref, call, async (domain) => {
        requireId(id);
        const impact = impactOf(domain, flags);
        for (const def of [...(impact.live ? [domain.def] : []), ...(impact.config ? [domain.persistentDef] : [])]) {
          assertThere(def, id, 'iothreadids list');
          assertUnused(def, id);
        }
        if (impact.live) await deleteLive(domain, id, call);
        await changeDefs(host, domain, impact, (def) => withoutIothread(def, id));
      }),

    domainSetIOThreadParams: (ref, id, params, flags, call) =>
      job('domainSetIOThreadParams', ref, call, (domain) => setParams(domain, id, params, flags, call)),
  } satisfies DeviceOps;
};
