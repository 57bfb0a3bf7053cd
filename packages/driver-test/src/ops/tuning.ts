import { type BlkioDeviceDef, type DomainDef, formatBitmap, NUMA_MODES, parseBitmap } from '@virtkit/core/conf';
import type { DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { ErrorDomain, type TypedParams, TypedParamsBuilder } from '@virtkit/core/util';
import { configUnsupported, invalidArg, operationInvalid } from '../errors.js';
import { changeOne, oneDef } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';
import { paramValues, validateParams } from '../typed-params.js';

/** Parameters of single block devices, and their fields in the definition. */
const DEVICE_FIELDS = {
  device_weight: 'weight',
  device_read_iops_sec: 'read_iops_sec',
  device_write_iops_sec: 'write_iops_sec',
  device_read_bytes_sec: 'read_bytes_sec',
  device_write_bytes_sec: 'write_bytes_sec',
} as const;
type DeviceParam = keyof typeof DEVICE_FIELDS;
const DEVICE_PARAMS = Object.keys(DEVICE_FIELDS) as DeviceParam[];

const MAX_VALUE: Readonly<Record<DeviceParam, bigint>> = {
  device_weight: 0xffff_ffffn,
  device_read_iops_sec: 0xffff_ffffn,
  device_write_iops_sec: 0xffff_ffffn,
  device_read_bytes_sec: 0xffff_ffff_ffff_ffffn,
  device_write_bytes_sec: 0xffff_ffff_ffff_ffffn,
};

/** virDomainParseBlkioDeviceStr: `/path,value,/path,value`. */
function parseDevices(param: DeviceParam, text: string): { path: string; value: number }[] {
  if (text === '') return [];
  const parts = text.split(',');
  if (parts.length % 2 !== 0 || parts.some((part) => part === ''))
    throw invalidArg(`unable to parse blkio device '${param}' '${text}'`, ErrorDomain.DOMAIN);
  const devices = [];
  for (let i = 0; i < parts.length; i += 2) {
    const [path, value] = [parts[i] as string, parts[i + 1] as string];
    if (!/^\d+$/.test(value) || BigInt(value) > MAX_VALUE[param])
      throw invalidArg(`invalid value '${value}' for parameter '${param}' of device '${path}'`, ErrorDomain.DOMAIN);
    devices.push({ path, value: Number(value) });
  }
  return devices;
}

function withBlkio(def: DomainDef, given: ReadonlyMap<string, unknown>): DomainDef {
  const devices = new Map<string, BlkioDeviceDef>(def.blkiotune?.device?.map((device) => [device.path, device]));
  for (const param of DEVICE_PARAMS) {
    const text = given.get(param) as string | undefined;
    if (text === undefined) continue;
    const field = DEVICE_FIELDS[param];
    for (const { path, value } of parseDevices(param, text)) {
      const { [field]: _, ...rest } = devices.get(path) ?? { path };
      devices.set(path, (value === 0 ? rest : { ...rest, [field]: value }) as BlkioDeviceDef);
    }
  }
  const device = [...devices.values()].filter((one) => Object.keys(one).length > 1);
  const weight = (given.get('weight') as number | undefined) ?? def.blkiotune?.weight ?? 0;
  return {
    ...def,
    blkiotune: { ...(weight === 0 ? {} : { weight }), ...(device.length === 0 ? {} : { device }) },
  };
}

function withNuma(def: DomainDef, given: ReadonlyMap<string, unknown>, live: boolean): DomainDef {
  const memory = def.numatune?.memory;
  const mode = given.get('numa_mode') as number | undefined;
  if (mode !== undefined && NUMA_MODES[mode] === undefined) throw invalidArg(`unsupported numatune mode: '${mode}'`);
  const text = given.get('numa_nodeset') as string | undefined;
  const bits = text === undefined ? undefined : parseBitmap(text);
  if (text !== undefined && (bits === undefined || bits.length === 0))
    throw invalidArg(`Failed to parse bitmap '${text}'`, ErrorDomain.NONE);
  const current = memory?.mode ?? 'strict';
  if (live && mode !== undefined && NUMA_MODES[mode] !== current)
    throw operationInvalid("can't change numatune mode for running domain");
  const nodeset = bits === undefined ? memory?.nodeset : formatBitmap(bits);
  if (nodeset === undefined)
    throw configUnsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
  const { placement: _, ...rest } = memory ?? {};
  return {
    ...def,
    numatune: {
      ...def.numatune,
      memory: { ...rest, mode: mode === undefined ? current : (NUMA_MODES[mode] as typeof current), nodeset },
    },
  };
}

/** Weight of CPU time; this driver's scheduler takes no orders. */
const WEIGHT = 50;

/** NUMA, block I/O and scheduler tuning. */
export function tuningOps({ domains }: TestNode) {
  const schedulerParams = (ref: DomainRef): TypedParams => {
    domains.of(ref);
    return new TypedParamsBuilder().uint('weight', WEIGHT).params;
  };
  const setSchedulerParams = (ref: DomainRef, params: TypedParams): void => {
    validateParams(params, { weight: 'UINT' });
    domains.of(ref);
  };

  return {
    domainSetNumaParameters(ref: DomainRef, params: TypedParams, flags: number): void {
      validateParams(params, { numa_mode: 'INT', numa_nodeset: 'STRING' });
      const given = paramValues(params);
      changeOne(domains.of(ref), flags, (def, live) => withNuma(def, given, live));
    },

    domainGetNumaParameters(ref: DomainRef, flags: number): TypedParams {
      const memory = oneDef(domains.of(ref), flags).numatune?.memory;
      return new TypedParamsBuilder()
        .int('numa_mode', NUMA_MODES.indexOf(memory?.mode ?? 'strict'))
        .string('numa_nodeset', memory?.nodeset ?? '').params;
    },

    domainSetBlkioParameters(ref: DomainRef, params: TypedParams, flags: number): void {
      validateParams(params, {
        weight: 'UINT',
        ...(Object.fromEntries(DEVICE_PARAMS.map((name) => [name, 'STRING'])) as Record<DeviceParam, 'STRING'>),
      });
      const given = paramValues(params);
      changeOne(domains.of(ref), flags, (def) => withBlkio(def, given));
    },

    domainGetBlkioParameters(ref: DomainRef, flags: number): TypedParams {
      const { blkiotune } = oneDef(domains.of(ref), flags);
      const builder = new TypedParamsBuilder().uint('weight', blkiotune?.weight ?? 0);
      for (const param of DEVICE_PARAMS) {
        const field = DEVICE_FIELDS[param];
        const set = (blkiotune?.device ?? []).filter((device) => device[field]);
        builder.string(param, set.map((device) => `${device.path},${device[field]}`).join(','));
      }
      return builder.params;
    },

    domainGetSchedulerType: (ref: DomainRef) => 'fair',
    domainGetSchedulerParameters: schedulerParams,
    domainGetSchedulerParametersFlags: (ref: DomainRef, flags: number) => schedulerParams(ref),
    domainSetSchedulerParameters: setSchedulerParams,
    domainSetSchedulerParametersFlags: (ref: DomainRef, params: TypedParams, flags: number) =>
      setSchedulerParams(ref, params),
  } satisfies Partial<HypervisorDriver>;
}
