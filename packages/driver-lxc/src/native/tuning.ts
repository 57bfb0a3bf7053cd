import type { BlkioDeviceDef, BlkioTuneDef, CpuTuneDef, DomainDef, MemTuneDef } from '@virtkit/core/conf';
import { parseBitmap, formatBitmap, UNLIMITED } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { internalError } from '../errors.js';
import type { LxcConf } from './lxc-conf.js';
import { decimal, kibibytes } from './numbers.js';

type Tuning = Pick<DomainDef, 'memory' | 'currentMemory' | 'vcpu'> &
  Partial<Pick<DomainDef, 'memtune' | 'cputune' | 'numatune' | 'blkiotune'>>;

/** Containers have no memory of their own; libvirt's domains do. */
const DEFAULT_MEMORY = 64 * 1024;

const UINT_MAX = 2 ** 32 - 1;

/** The limits of `lxc.cgroup.*`. */
export function readTuning(conf: LxcConf): Tuning {
  const { value, memtune } = readMemory(conf);
  const cpus = bitmapOf(conf.first('lxc.cgroup.cpuset.cpus'));
  const nodeset = bitmapOf(conf.first('lxc.cgroup.cpuset.mems'));
  const cputune = readCpu(conf);
  const blkiotune = readBlkio(conf);
  return {
    memory: { value },
    currentMemory: value,
    vcpu: { value: 1, placement: 'static', ...(cpus !== undefined && { cpuset: cpus }) },
    ...(memtune !== undefined && { memtune }),
    ...(cputune !== undefined && { cputune }),
    ...(nodeset !== undefined && { numatune: { memory: { mode: 'strict', nodeset, placement: 'static' } } }),
    ...(blkiotune !== undefined && { blkiotune }),
  };
}

const orNothing = <T extends object>(value: T): T | undefined => (Object.keys(value).length > 0 ? value : undefined);

/** lxcSetMemTune */
function readMemory(conf: LxcConf): { value: number; memtune: MemTuneDef | undefined } {
  const limit = memoryLimit(conf, 'limit_in_bytes');
  const soft = memoryLimit(conf, 'soft_limit_in_bytes');
  const swap = memoryLimit(conf, 'memsw.limit_in_bytes');
  const memtune: MemTuneDef = {
    ...(limit !== undefined && { hard_limit: limit }),
    ...(soft !== undefined && { soft_limit: soft }),
    ...(swap !== undefined && { swap_hard_limit: swap }),
  };
  return { value: limit ?? DEFAULT_MEMORY, memtune: orNothing(memtune) };
}

/** In KiB; -1 is the kernel's word for no limit. */
function memoryLimit(conf: LxcConf, name: string): number | undefined {
  const text = conf.first(`lxc.cgroup.memory.${name}`);
  if (text === undefined || text.trim() === '-1') return undefined;
  const value = kibibytes(text);
  return value < UNLIMITED ? value : undefined;
}

/** lxcSetCpuTune */
function readCpu(conf: LxcConf): CpuTuneDef | undefined {
  const read = (name: string, min = 0): number | undefined => {
    const text = conf.first(`lxc.cgroup.cpu.${name}`);
    return text === undefined ? undefined : decimal(text, 'failed to parse integer', { min });
  };
  const shares = read('shares');
  const quota = read('cfs_quota_us', -Number.MAX_SAFE_INTEGER);
  const period = read('cfs_period_us');
  return orNothing({
    ...(shares !== undefined && { shares }),
    ...(period !== undefined && period !== 0 && { period }),
    ...(quota !== undefined && quota !== 0 && { quota }),
  });
}

function bitmapOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bits = parseBitmap(text);
  if (bits === undefined)
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `Failed to parse bitmap '${text}'`);
  return formatBitmap(bits);
}

/** What the properties of one block device are called, here and in libvirt's messages. */
const DEVICE_LIMITS = {
  'lxc.cgroup.blkio.device_weight': ['weight', 'device weight', UINT_MAX],
  'lxc.cgroup.blkio.throttle.read_bps_device': ['read_bytes_sec', 'read_bps_device', Number.MAX_SAFE_INTEGER],
  'lxc.cgroup.blkio.throttle.write_bps_device': ['write_bytes_sec', 'write_bps_device', Number.MAX_SAFE_INTEGER],
  'lxc.cgroup.blkio.throttle.read_iops_device': ['read_iops_sec', 'read_iops_device', UINT_MAX],
  'lxc.cgroup.blkio.throttle.write_iops_device': ['write_iops_sec', 'write_iops_device', UINT_MAX],
} as const satisfies Readonly<Record<string, readonly [keyof BlkioDeviceDef, string, number]>>;

/** lxcSetBlkioTune: devices are known by their numbers, in the order in which the file first speaks of them. */
function readBlkio(conf: LxcConf): BlkioTuneDef | undefined {
  const weightText = conf.first('lxc.cgroup.blkio.weight');
  const weight =
    weightText === undefined ? undefined : decimal(weightText, 'failed to parse integer', { max: UINT_MAX });
  const devices = new Map<string, BlkioDeviceDef>();
  for (const { key, value } of conf.entries) {
    if (!(key in DEVICE_LIMITS)) continue;
    const [property, what, max] = DEVICE_LIMITS[key as keyof typeof DEVICE_LIMITS];
    const [numbers, limit] = value.split(/[ \t]+/).filter((field) => field !== '');
    if (numbers === undefined || limit === undefined) throw internalError(`invalid ${key} value: '${value}'`);
    const path = `/dev/block/${numbers}`;
    const device = devices.get(path) ?? { path };
    devices.set(path, device);
    device[property] = decimal(limit, `failed to parse ${what}`, { max });
  }
  return orNothing({
    ...(weight !== undefined && { weight }),
    ...(devices.size > 0 && { device: [...devices.values()] }),
  });
}
