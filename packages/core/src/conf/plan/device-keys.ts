import { hostKey } from '../domain/validate/hostdevs.js';
import type { DeviceKind, DeviceOf } from '../domain/devices.js';

type Keys = { readonly [K in DeviceKind]?: (device: DeviceOf<K>) => string | undefined };

const joined = (...parts: readonly (string | number | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join(' ');

/** What a device is recognised by in another version of its domain. */
const DEVICE_KEYS: Keys = {
  disk: ({ target }) => target?.dev,
  controller: ({ type, index }) => joined(type, index),
  lease: ({ lockspace, key }) => joined(lockspace, key),
  filesystem: ({ target }) => target?.dir,
  interface: ({ mac }) => mac?.address,
  channel: ({ target }) =>
    joined(target?.type, 'name' in (target ?? {}) ? String((target as { name?: string }).name) : undefined),
  input: ({ type, bus }) => joined(type, bus),
  graphics: ({ type }) => type,
  hostdev: hostKey,
  shmem: ({ name }) => name,
  sound: ({ model }) => model,
  hub: ({ type }) => type,
  watchdog: ({ model }) => model,
  rng: ({ model }) => model,
  memory: ({ model }) => model,
};

/** What items of other lists are recognised by: the first of these that they have. */
const NAMING = ['name', 'id', 'vcpu', 'vcpus', 'iothread', 'iothreads', 'path', 'cellid', 'model'] as const;

/** The key of an item of a domain's model; lists whose order counts have none. */
export function domainItemKey(item: unknown, place: string): string | undefined {
  const [, kind] = /^devices\.(\w+)\[\]$/.exec(place) ?? [];
  if (kind !== undefined) {
    const key = (DEVICE_KEYS[kind as DeviceKind] as ((device: unknown) => string | undefined) | undefined)?.(item);
    return key === '' ? undefined : key;
  }
  if (typeof item !== 'object' || item === null) return undefined;
  const found = NAMING.map((name) => (item as Record<string, unknown>)[name]).find((value) => value !== undefined);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}
