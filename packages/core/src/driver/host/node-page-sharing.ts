import {
  ErrorCode,
  type HostReader,
  TypedParameterType,
  type TypedParams,
  TypedParamsBuilder,
} from '../../util/index.js';
import { nodeError, refuseFlags } from './node-errors.js';

const FOLDER = '/sys/kernel/mm/ksm';
const PREFIX = 'shm_';

/** The kernel's numbers on shared pages, by its names; those that may be set are unsigned ints. */
const SETTABLE = ['pages_to_scan', 'sleep_millisecs', 'merge_across_nodes'];
const NAMES = [
  'pages_to_scan',
  'sleep_millisecs',
  'pages_shared',
  'pages_sharing',
  'pages_unshared',
  'pages_volatile',
  'full_scans',
  'merge_across_nodes',
];

/** virHostMemGetParameters */
export async function readMemoryParameters(reader: HostReader, flags: number): Promise<TypedParams> {
  refuseFlags(flags & ~TYPED_STRINGS, 'nodeGetMemoryParameters');
  const values = await Promise.all(NAMES.map((name) => reader.number(`${FOLDER}/${name}`)));
  const params = new TypedParamsBuilder();
  NAMES.forEach((name, i) => {
    const value = values[i];
    if (value === undefined) return;
    if (SETTABLE.includes(name)) params.uint(PREFIX + name, value);
    else params.ullong(PREFIX + name, value);
  });
  return params.params;
}

/** Clients that can take strings say so. */
const TYPED_STRINGS = 4;

/** virHostMemSetParameters: all are checked before the first is set. */
export async function setMemoryParameters(reader: HostReader, params: TypedParams, flags: number): Promise<void> {
  refuseFlags(flags, 'nodeSetMemoryParameters');
  for (const { field, type } of params) {
    const name = field.startsWith(PREFIX) ? field.slice(PREFIX.length) : '';
    if (!SETTABLE.includes(name)) {
      throw nodeError(ErrorCode.ARGUMENT_UNSUPPORTED, `parameter '${field}' not supported`);
    }
    if (type !== TypedParameterType.UINT) {
      throw nodeError(ErrorCode.INVALID_ARG, `parameter '${field}' must be an unsigned int`);
    }
    if ((await reader.number(`${FOLDER}/${name}`)) === undefined) {
      throw nodeError(ErrorCode.OPERATION_UNSUPPORTED, `Parameter '${field}' is not supported by this kernel`);
    }
  }
  for (const { field, value } of params) await reader.write(`${FOLDER}/${field.slice(PREFIX.length)}`, String(value));
}
