import {
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  paramValues,
  type TypedParams,
  TypedParamsBuilder,
  validateParams,
} from '../../util/index.js';
import type { DomainDef } from './domain-def.js';
import type { BlkioDeviceDef } from './memory-tuning.js';

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
const KNOWN = {
  weight: 'UINT',
  ...(Object.fromEntries(DEVICE_PARAMS.map((name) => [name, 'STRING'])) as Record<DeviceParam, 'STRING'>),
} as const;

const MAX_VALUE: Readonly<Record<DeviceParam, bigint>> = {
  device_weight: 0xffff_ffffn,
  device_read_iops_sec: 0xffff_ffffn,
  device_write_iops_sec: 0xffff_ffffn,
  device_read_bytes_sec: 0xffff_ffff_ffff_ffffn,
  device_write_bytes_sec: 0xffff_ffff_ffff_ffffn,
};

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, detail);
}

/** virDomainParseBlkioDeviceStr: `/path,value,/path,value`. */
function parseDevices(param: DeviceParam, text: string): { path: string; value: number }[] {
  if (text === '') return [];
  const parts = text.split(',');
  if (parts.length % 2 !== 0 || parts.some((part) => part === ''))
    throw invalid(`unable to parse blkio device '${param}' '${text}'`);
  const devices = [];
  for (let i = 0; i < parts.length; i += 2) {
    const [path, value] = [parts[i] as string, parts[i + 1] as string];
    if (!/^\d+$/.test(value) || BigInt(value) > MAX_VALUE[param])
      throw invalid(`invalid value '${value}' for parameter '${param}' of device '${path}'`);
    devices.push({ path, value: Number(value) });
  }
  return devices;
}

/** virDomainGetBlkioParameters of a definition. */
export function blkioParams({ blkiotune }: Pick<DomainDef, 'blkiotune'>): TypedParams {
  const builder = new TypedParamsBuilder().uint('weight', blkiotune?.weight ?? 0);
  for (const param of DEVICE_PARAMS) {
    const field = DEVICE_FIELDS[param];
    const set = (blkiotune?.device ?? []).filter((device) => device[field]);
    builder.string(param, set.map((device) => `${device.path},${device[field]}`).join(','));
  }
  return builder.params;
}

/**
 * virDomainSetBlkioParameters: what makes a definition one with these parameters; 0 takes a limit away. Raises
 * ARGUMENT_UNSUPPORTED or INVALID_ARG at once.
 */
export function blkioChange(params: TypedParams): (def: DomainDef) => DomainDef {
  validateParams(params, KNOWN);
  const given = paramValues(params);
  const changes = DEVICE_PARAMS.flatMap((param) =>
    parseDevices(param, (given.get(param) as string | undefined) ?? '').map(
      (change) => [DEVICE_FIELDS[param], change] as const,
    ),
  );
  return (def) => {
    const devices = new Map<string, BlkioDeviceDef>(def.blkiotune?.device?.map((device) => [device.path, device]));
    for (const [field, { path, value }] of changes) {
      const { [field]: _, ...rest } = devices.get(path) ?? { path };
      devices.set(path, (value === 0 ? rest : { ...rest, [field]: value }) as BlkioDeviceDef);
    }
    const device = [...devices.values()].filter((one) => Object.keys(one).length > 1);
    const weight = (given.get('weight') as number | undefined) ?? def.blkiotune?.weight ?? 0;
    return {
      ...def,
      blkiotune: { ...(weight === 0 ? {} : { weight }), ...(device.length === 0 ? {} : { device }) },
    };
  };
}
