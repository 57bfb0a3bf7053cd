import { open } from 'node:fs/promises';
import { diskByName, diskByTarget, type DiskDef, type DomainDef, imagePath, type IoTuneDef } from '@virtkit/core/conf';
import type { BlockOps, CallContext } from '@virtkit/core/driver';
import {
  ErrorDomain,
  LibvirtError,
  paramValues,
  type TypedParams,
  TypedParamsBuilder,
  validateParams,
} from '@virtkit/core/util';
import { levelsOf, storageNodeOf, withDisk } from '../block-jobs/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { changeDefs, impactOf } from '../domain/impact.js';
import { diskNamed } from '../domain/model.js';
import { throttleArguments, throttledDevice } from '../domain/throttle.js';
import { argumentUnsupported, configUnsupported, invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { emitTunable, jobsOf } from './job.js';

const GROUPS = [
  'bytes_sec',
  'iops_sec',
  'bytes_sec_max',
  'iops_sec_max',
  'bytes_sec_max_length',
  'iops_sec_max_length',
] as const;
const KINDS = ['total', 'read', 'write'] as const;
const RATES = kindsOf(['bytes_sec', 'iops_sec']);
const MAXIMA = RATES.map((rate) => `${rate}_max` as const);
const LENGTHS = RATES.map((rate) => `${rate}_max_length` as const);
const MOST = 1_000_000_000_000_000n;

type Tune = Record<string, number | string | undefined>;

function kindsOf<const G extends string>(groups: readonly G[]): `${'total' | 'read' | 'write'}_${G}`[] {
  return groups.flatMap((group) => KINDS.map((kind) => `${kind}_${group}` as const));
}

const KNOWN = {
  ...Object.fromEntries([...RATES, ...MAXIMA, ...LENGTHS, 'size_iops_sec'].map((name) => [name, 'ULLONG' as const])),
  group_name: 'STRING' as const,
};

/** Limits of one kind replace one another: who limits reading says so of writing too. */
function merged(old: IoTuneDef | undefined, given: ReadonlyMap<string, bigint | string>): Tune {
  const tune: Tune = { ...old };
  for (const group of GROUPS) {
    const names = KINDS.map((kind) => `${kind}_${group}`);
    const lengths = group.endsWith('_length');
    if (!lengths && names.some((name) => given.has(name))) for (const name of names) delete tune[name];
    for (const name of names) if (given.has(name)) tune[name] = Number(given.get(name));
  }
  if (given.has('size_iops_sec')) tune.size_iops_sec = Number(given.get('size_iops_sec'));
  const group = given.get('group_name') as string | undefined;
  if (group !== undefined) tune.group_name = group;
  for (const [name, value] of Object.entries(tune)) if (value === 0) delete tune[name];
  return tune;
}

/** qemuDomainCheckBlockIoTuneMax: bursts need something to burst from. */
function checkBursts(tune: Tune, given: ReadonlyMap<string, unknown>): void {
  for (const rate of RATES) {
    const most = tune[`${rate}_max`] as number | undefined;
    if (most === undefined) continue;
    const value = tune[rate] as number | undefined;
    if (value === undefined)
      throw configUnsupported(
        given.has(rate)
          ? `cannot reset '${rate}' when '${rate}_max' is set`
          : `value '${rate}_max' cannot be set if '${rate}' is not set`,
      );
    if (most < value) throw configUnsupported(`value '${rate}_max' cannot be smaller than '${rate}'`);
  }
}

/** Limits on disks, and what is told of their filling up. */
export const blockLimitOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  const configDisk = (def: DomainDef, name: string): DiskDef => {
    const found = diskByName(def, name);
    if (found === undefined) throw invalidArg(`disk '${name}' was not found in the domain config`);
    return found;
  };

  const withTune = (def: DomainDef, name: string, given: ReadonlyMap<string, bigint | string>): DomainDef => {
    const disk = diskByName(def, name);
    if (disk === undefined) return def;
    const { iotune, ...rest } = disk;
    const tune = merged(iotune, given);
    const set = Object.keys(tune).length > 0;
    return withDisk(def, { ...rest, ...(set && { iotune: tune }) } as DiskDef);
  };

  async function set(domain: QemuDomain, name: string, params: TypedParams, flags: number, call: CallContext) {
    validateParams(params, KNOWN);
    const given = paramValues(params) as ReadonlyMap<string, bigint | string>;
    const impact = impactOf(domain, flags);
    for (const [field, value] of given)
      if (typeof value === 'bigint' && value > MOST)
        throw argumentUnsupported(`block I/O throttle limit value of '${field}' must be no more than ${MOST}`);
    for (const group of GROUPS)
      if (given.get(`total_${group}`) && (given.get(`read_${group}`) || given.get(`write_${group}`)))
        throw invalidArg(`total and read/write of ${group} cannot be set at the same time`);
    if (impact.config) configDisk(domain.persistentDef, name);
    if (impact.live) {
      const disk = diskNamed(domain.def, name);
      const tune = merged(disk.iotune, given);
      checkBursts(tune, given);
      await domain.running.monitor.execute('block_set_io_throttle', throttleArguments(disk, tune as IoTuneDef), call);
    }
    await changeDefs(host, domain, impact, (def) => withTune(def, name, given));
    if (!impact.live) return;
    const told = new TypedParamsBuilder().string('blkdeviotune.disk', name);
    for (const [field, value] of given)
      if (typeof value === 'bigint') told.ullong(`blkdeviotune.${field}`, value);
      else told.string(`blkdeviotune.${field}`, value);
    emitTunable(host, domain, told.params);
  }

  /** QEMU names a group that nobody named after the device. */
  function tuneOf(domain: QemuDomain, name: string, flags: number): IoTuneDef {
    const { config } = impactOf(domain, flags);
    if (config) return configDisk(domain.persistentDef, name).iotune ?? {};
    const disk = diskNamed(domain.def, name);
    const { iotune } = disk;
    if (iotune === undefined) return {};
    return { ...iotune, group_name: iotune.group_name ?? throttledDevice(disk) };
  }

  return {
    domainSetBlockIoTune: (ref, name, params, flags, call) =>
      job('domainSetBlockIoTune', ref, call, (domain) => set(domain, name, params, flags, call)),

    domainGetBlockIoTune: (ref, name, flags, { counting }) => {
      const domain = find(ref);
      impactOf(domain, flags);
      const tune = counting === true || name === null ? {} : tuneOf(domain, name, flags);
      const builder = new TypedParamsBuilder();
      for (const field of [...RATES, ...MAXIMA]) builder.ullong(field, tune[field] ?? 0);
      builder.ullong('size_iops_sec', tune.size_iops_sec ?? 0).string('group_name', tune.group_name ?? '');
      for (const field of LENGTHS) builder.ullong(field, tune[field] ?? 0);
      return builder.params;
    },

    domainSetBlockThreshold: (ref, dev, threshold, _flags, call) =>
      job('domainSetBlockThreshold', ref, call, async (domain) => {
        const { monitor } = domain.running;
        const [, target = dev, index] = /^(.*)\[(\d+)\]$/.exec(dev) ?? [];
        const disk = diskByTarget(domain.def, target);
        const levels = disk?.source === undefined ? [] : levelsOf(disk);
        const level = index === undefined ? levels[0] : levels.find((one) => one.index === Number(index));
        if (level === undefined) throw invalidArg(`failed to find disk '${dev}'`);
        const args = { 'node-name': storageNodeOf(level), 'write-threshold': threshold };
        await monitor.execute('block-set-write-threshold', args, call);
      }),

    domainBlockPeek: async (ref, path, offset, size) => {
      const domain = find(ref);
      const disk = diskByName(domain.active ? domain.def : domain.persistentDef, path);
      const file = disk === undefined ? undefined : imagePath(disk);
      if (disk === undefined || file === undefined) throw invalidArg(`invalid disk or path '${path}'`);
      const format = disk.driver?.type ?? 'raw';
      if (format !== 'raw')
        throw configUnsupported(`peeking is only supported for disk with 'raw' format not '${format}'`);
      try {
        const handle = await open(file, 'r');
        try {
          const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, Number(offset));
          if (bytesRead < size) throw invalidArg(`${file}: there is nothing at offset ${offset + BigInt(bytesRead)}`);
          return buffer;
        } finally {
          await handle.close();
        }
      } catch (error) {
        if (LibvirtError.is(error)) throw error;
        throw LibvirtError.system(ErrorDomain.QEMU, `${file}: cannot read`, error);
      }
    },
  } satisfies BlockOps;
};
