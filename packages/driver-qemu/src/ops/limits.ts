import {
  blkioChange,
  blkioParams,
  type BlkioDeviceDef,
  type DomainDef,
  formatBitmap,
  memoryChange,
  memoryParams,
  NUMA_MODES,
  parseBitmap,
  UNLIMITED,
} from '@virtkit/core/conf';
import type { DomainRef, TuningOps } from '@virtkit/core/driver';
import {
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  paramValues,
  type TypedParams,
  TypedParamsBuilder,
  validateParams,
} from '@virtkit/core/util';
import {
  blkioWeight,
  type Cgroup,
  type Controller,
  deviceNumbers,
  type DeviceLimit,
  memoryLimit,
  setBlkioWeight,
  setDeviceLimit,
  setMemoryLimit,
  setMems,
} from '../cgroup/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { changeDefs, type Impact, impactOf } from '../domain/impact.js';
import { configUnsupported, invalidArg, operationInvalid, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const MEMORY_LIMITS = ['hard_limit', 'soft_limit', 'swap_hard_limit'] as const;
const DEVICE_LIMITS = ['weight', 'read_iops_sec', 'write_iops_sec', 'read_bytes_sec', 'write_bytes_sec'] as const;

const NOT_MOUNTED: Readonly<Partial<Record<Controller, string>>> = {
  memory: 'cgroup memory controller is not mounted',
  blkio: "blkio cgroup isn't mounted",
  cpuset: 'cgroup cpuset controller is not mounted',
};

/** Memory, block I/O and NUMA nodes that guests may use. */
export const limitOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  const assertPrivileged = (what: string): void => {
    if (!host.privileged) throw operationUnsupported(`${what} tuning is not available in session mode`);
  };

  async function groupOf(domain: QemuDomain, controller: Controller): Promise<Cgroup> {
    const group = await domain.running.cgroup;
    if (group?.has(controller) !== true) throw operationInvalid(NOT_MOUNTED[controller] ?? 'cgroup is not mounted');
    return group;
  }

  async function read(
    ref: DomainRef,
    flags: number,
    config: (def: DomainDef) => TypedParams,
    live: (domain: QemuDomain) => TypedParams | Promise<TypedParams>,
  ): Promise<TypedParams> {
    const domain = find(ref);
    return impactOf(domain, flags).config ? config(domain.persistentDef) : live(domain);
  }

  async function liveMemory(domain: QemuDomain): Promise<TypedParams> {
    const group = await groupOf(domain, 'memory');
    const builder = new TypedParamsBuilder();
    for (const limit of MEMORY_LIMITS) builder.ullong(limit, memoryLimit(group, limit) ?? BigInt(UNLIMITED));
    return builder.params;
  }

  /** What makes room is done first, so that the kernel has no reason to refuse. */
  async function setLiveMemory(domain: QemuDomain, params: TypedParams): Promise<void> {
    const group = await groupOf(domain, 'memory');
    const given = paramValues(params) as ReadonlyMap<string, bigint>;
    const hard = given.get('hard_limit');
    const grows = hard !== undefined && hard > (memoryLimit(group, 'hard_limit') ?? 0n);
    const order = grows
      ? (['swap_hard_limit', 'hard_limit', 'soft_limit'] as const)
      : (['hard_limit', 'swap_hard_limit', 'soft_limit'] as const);
    for (const limit of order) {
      const value = given.get(limit);
      if (value !== undefined) await setMemoryLimit(group, limit, value);
    }
  }

  async function liveBlkio(domain: QemuDomain): Promise<TypedParams> {
    const group = await groupOf(domain, 'blkio');
    const [, ...devices] = blkioParams(domain.def);
    return [...new TypedParamsBuilder().uint('weight', blkioWeight(group)).params, ...devices];
  }

  async function setLiveBlkio(domain: QemuDomain, params: TypedParams, after: DomainDef): Promise<void> {
    const group = await groupOf(domain, 'blkio');
    const weight = paramValues(params).get('weight') as number | undefined;
    if (weight !== undefined) await setBlkioWeight(group, weight);
    const before = new Map(domain.def.blkiotune?.device?.map((one) => [one.path, one]));
    const wanted = new Map(after.blkiotune?.device?.map((one) => [one.path, one]));
    for (const path of new Set([...before.keys(), ...wanted.keys()]))
      for (const limit of DEVICE_LIMITS)
        if (of(before.get(path), limit) !== of(wanted.get(path), limit))
          await setDeviceLimit(group, limit, deviceNumbers(path), of(wanted.get(path), limit));
  }

  const assertNumaModeStays = (def: DomainDef, mode: number | undefined): void => {
    const now = def.numatune?.memory?.mode;
    if (mode !== undefined && now !== undefined && NUMA_MODES[mode] !== now)
      throw operationInvalid("can't change numatune mode for running domain");
  };

  async function setNuma(domain: QemuDomain, params: TypedParams, impact: Impact): Promise<void> {
    const given = paramValues(params);
    const mode = given.get('numa_mode') as number | undefined;
    if (mode !== undefined && NUMA_MODES[mode] === undefined) throw invalidArg(`unsupported numatune mode: '${mode}'`);
    const text = given.get('numa_nodeset') as string | undefined;
    const nodes = text === undefined ? undefined : parseBitmap(text);
    if (text !== undefined && (nodes === undefined || nodes.length === 0))
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        ErrorDomain.NONE,
        nodes === undefined ? `Failed to parse bitmap '${text}'` : `Invalid nodeset of 'numatune': ${text}`,
      );
    if (impact.live) {
      assertNumaModeStays(domain.def, mode);
      if (nodes !== undefined) await moveMemory(domain, formatBitmap(nodes));
    }
    await changeDefs(host, domain, impact, (def) => withNuma(def, mode, nodes));
  }

  /** Only guests whose memory has no binding of its own can be moved to other nodes. */
  async function moveMemory(domain: QemuDomain, nodeset: string): Promise<void> {
    const memory = domain.def.numatune?.memory;
    if (memory?.mode !== undefined && memory.mode !== 'restrictive')
      throw operationInvalid('change of nodeset for running domain requires restrictive numa mode');
    await setMems(await groupOf(domain, 'cpuset'), nodeset);
  }

  const numaParams = ({ numatune }: DomainDef): TypedParams =>
    new TypedParamsBuilder()
      .int('numa_mode', NUMA_MODES.indexOf(numatune?.memory?.mode ?? 'strict'))
      .string('numa_nodeset', numatune?.memory?.nodeset ?? '').params;

  return {
    domainSetMemoryParameters: (ref, params, flags, call) => {
      assertPrivileged('Memory');
      const change = memoryChange(params, ErrorDomain.QEMU);
      return job('domainSetMemoryParameters', ref, call, async (domain) => {
        const impact = impactOf(domain, flags);
        if (impact.live) {
          await groupOf(domain, 'memory');
          change(domain.def);
        }
        if (impact.config) change(domain.persistentDef);
        if (impact.live) await setLiveMemory(domain, params);
        await changeDefs(host, domain, impact, change);
      });
    },
    domainGetMemoryParameters: (ref, flags) => {
      assertPrivileged('Memory');
      return read(ref, flags, memoryParams, liveMemory);
    },

    domainSetBlkioParameters: (ref, params, flags, call) => {
      assertPrivileged('Block I/O');
      const change = blkioChange(params);
      return job('domainSetBlkioParameters', ref, call, async (domain) => {
        const impact = impactOf(domain, flags);
        if (impact.live) await setLiveBlkio(domain, params, change(domain.def));
        await changeDefs(host, domain, impact, change);
      });
    },
    domainGetBlkioParameters: (ref, flags, { counting }) => {
      assertPrivileged('Block I/O');
      if (counting === true) return blkioParams({});
      return read(ref, flags, blkioParams, liveBlkio);
    },

    domainSetNumaParameters: (ref, params, flags, call) => {
      validateParams(params, { numa_mode: 'INT', numa_nodeset: 'STRING' });
      assertPrivileged('NUMA');
      return job('domainSetNumaParameters', ref, call, (domain) => setNuma(domain, params, impactOf(domain, flags)));
    },
    domainGetNumaParameters: (ref, flags) => read(ref, flags, numaParams, ({ def }) => numaParams(def)),
  } satisfies TuningOps;
};

const of = (device: BlkioDeviceDef | undefined, limit: DeviceLimit): number => device?.[limit] ?? 0;

/** virDomainNumatuneSet: a mode alone says nothing yet. */
function withNuma(def: DomainDef, mode: number | undefined, nodes: readonly number[] | undefined): DomainDef {
  const memory = def.numatune?.memory;
  if (memory === undefined && nodes === undefined) return def;
  const nodeset = nodes === undefined ? memory?.nodeset : formatBitmap(nodes);
  if (nodeset === undefined)
    throw configUnsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
  const chosen = mode === undefined ? (memory?.mode ?? 'strict') : (NUMA_MODES[mode] ?? 'strict');
  return { ...def, numatune: { ...def.numatune, memory: { mode: chosen, nodeset } } };
}
