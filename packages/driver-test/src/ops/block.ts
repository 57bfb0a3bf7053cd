import type { DiskDef, DomainDef, IoTuneDef } from '@virtkit/core/conf';
import type { CallContext, DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import {
  DomainDiskErrorCode,
  type TypedParams,
  TypedParamsBuilder,
  paramValues,
  validateParams,
} from '@virtkit/core/util';
import { argumentUnsupported, invalidArg, operationUnsupported } from '../errors.js';
import { changeOne, oneDef, requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

const RATES = [
  'total_bytes_sec',
  'read_bytes_sec',
  'write_bytes_sec',
  'total_iops_sec',
  'read_iops_sec',
  'write_iops_sec',
] as const;
type Rate = (typeof RATES)[number];
const MAXIMA = RATES.map((rate): `${Rate}_max` => `${rate}_max`);
const LENGTHS = RATES.map((rate): `${Rate}_max_length` => `${rate}_max_length`);
const MAX_THROTTLE = 1_000_000_000_000_000n;

/** Pretended sizes of every disk, in bytes. */
// The guest sees less than what its disk takes up.
const CAPACITY = 1_099_506_450_432n;
const ALLOCATION = 1_099_511_627_776n;

/** Where a disk's data is, if it is somewhere. */
function sourceOf(disk: DiskDef): string | undefined {
  const { source } = disk;
  if (source === undefined) return undefined;
  if ('file' in source) return source.file;
  if ('dev' in source) return source.dev;
  if ('dir' in source) return source.dir;
  if ('name' in source) return source.name;
  return 'volume' in source ? source.volume : undefined;
}

/** virDomainDiskByName: by target or source. */
function findDisk(def: DomainDef, path: string): number {
  const byTarget = def.devices.disk.findIndex(({ target }) => target?.dev === path);
  return byTarget >= 0 ? byTarget : def.devices.disk.findIndex((disk) => sourceOf(disk) === path);
}

function configuredDisk(def: DomainDef, name: string): number {
  const index = name === '' ? -1 : findDisk(def, name);
  if (index < 0) throw invalidArg(`disk '${name}' was not found in the domain config`);
  return index;
}

/** Without a disk it is asked which parameters there are. */
const ioTuneOf = (def: DomainDef, disk: string | null): IoTuneDef | undefined =>
  disk === null ? undefined : (def.devices.disk[configuredDisk(def, disk)] as DiskDef).iotune;

function withIoTune(def: DomainDef, index: number, given: ReadonlyMap<string, unknown>): DomainDef {
  const disks = [...def.devices.disk];
  const disk = disks[index] as DiskDef;
  const tune: Record<string, number | string> = { ...disk.iotune };
  for (const [name, value] of given) {
    if (typeof value === 'string') tune[name] = value;
    else if (value === 0n) delete tune[name];
    else tune[name] = Number(value);
  }
  for (const kind of ['bytes_sec', 'iops_sec', 'bytes_sec_max', 'iops_sec_max'])
    if (tune[`total_${kind}`] && (tune[`read_${kind}`] || tune[`write_${kind}`]))
      throw invalidArg(`total and read/write of ${kind} cannot be set at the same time`);
  for (const rate of RATES)
    if ((tune[rate] ?? 0) > (tune[`${rate}_max`] ?? 0))
      throw invalidArg(`${rate} cannot be set higher than ${rate}_max `);
  disks[index] = { ...disk, iotune: tune as IoTuneDef };
  return { ...def, devices: { ...def.devices, disk: disks } };
}

/** Disks: counters, sizes, throttling, errors. */
export function blockOps(node: TestNode) {
  const { domains } = node;
  return {
    domainBlockStats(ref: DomainRef, path: string) {
      const dom = domains.of(ref);
      if (path === '') throw operationUnsupported('summary statistics are not supported yet');
      requireActive(dom);
      if (findDisk(dom.live, path) < 0) throw invalidArg(`invalid path: ${path}`);
      const time = node.microseconds;
      return {
        rdReq: time / 10n,
        rdBytes: time / 20n,
        wrReq: time / 30n,
        wrBytes: time / 40n,
        errs: node.seconds / 2n,
      };
    },

    domainGetBlockInfo(ref: DomainRef, path: string, flags: number) {
      const def = domains.of(ref).live;
      const index = findDisk(def, path);
      if (index < 0) throw invalidArg(`invalid path ${path} not assigned to domain`);
      if (!sourceOf(def.devices.disk[index] as DiskDef))
        throw invalidArg(`disk '${path}' does not currently have a source assigned`);
      return { allocation: ALLOCATION, capacity: CAPACITY, physical: ALLOCATION };
    },

    domainSetBlockIoTune(ref: DomainRef, disk: string, params: TypedParams, flags: number): void {
      const numbers = [...RATES, ...MAXIMA, ...LENGTHS, 'size_iops_sec'];
      validateParams(params, {
        ...Object.fromEntries(numbers.map((name) => [name, 'ULLONG' as const])),
        group_name: 'STRING',
      });
      const given = paramValues(params);
      changeOne(domains.of(ref), flags, (def) => {
        const index = configuredDisk(def, disk);
        for (const value of given.values())
          if (typeof value === 'bigint' && value > MAX_THROTTLE)
            throw argumentUnsupported(`block I/O throttle limit value must be no more than ${MAX_THROTTLE}`);
        return withIoTune(def, index, given);
      });
    },

    domainGetBlockIoTune(ref: DomainRef, disk: string | null, flags: number, { counting }: CallContext): TypedParams {
      const iotune = (counting ? undefined : ioTuneOf(oneDef(domains.of(ref), flags), disk)) ?? {};
      const builder = new TypedParamsBuilder();
      for (const name of [...RATES, ...MAXIMA]) builder.ullong(name, iotune[name] ?? 0);
      builder.ullong('size_iops_sec', iotune.size_iops_sec ?? 0).string('group_name', iotune.group_name ?? '');
      for (const name of LENGTHS) builder.ullong(name, iotune[name] ?? 0);
      return builder.params;
    },

    domainGetDiskErrors(ref: DomainRef, flags: number) {
      const dom = domains.of(ref);
      requireActive(dom);
      const errors = [DomainDiskErrorCode.UNSPEC, DomainDiskErrorCode.NO_SPACE];
      return dom.live.devices.disk.map(({ target }, i) => ({
        disk: target?.dev ?? '',
        error: errors[i % errors.length] as number,
      }));
    },
  } satisfies Partial<HypervisorDriver>;
}
