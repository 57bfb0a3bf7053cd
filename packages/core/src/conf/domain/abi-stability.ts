import { unsupported } from './common/problems.js';
import { DEVICE_KINDS, type DeviceKind } from './devices.js';
import type { DomainDef } from './domain-def.js';

/** Paths within a domain that the guest can see, and how to name them. */
const DOMAIN_FACTS: readonly (readonly [path: string, name: string])[] = [
  ['type', 'virt type'],
  ['uuid', 'UUID'],
  ['genid', 'genid'],
  ['memory.value', 'max memory'],
  ['currentMemory', 'current memory'],
  ['maxMemory.value', 'maximum memory size'],
  ['maxMemory.slots', 'memory slots count'],
  ['memoryBacking.hugepages', 'huge pages setting'],
  ['vcpu.value', 'vCPU max'],
  ['vcpu.current', 'vCPU count'],
  ['vcpus.vcpu', 'vCPU state'],
  ['iothreads', 'iothreads count'],
  ['iothreadids', 'iothread numbers'],
  ['os.type.value', 'OS type'],
  ['os.type.arch', 'architecture'],
  ['os.type.machine', 'machine type'],
  ['os.smbios.mode', 'SMBIOS mode'],
  ['os.loader', 'loader'],
  ['cpu', 'CPU'],
  ['sysinfo', 'sysinfo'],
  ['features', 'features'],
  ['clock.timer', 'timers'],
  ['clock.offset', 'clock offset'],
  ['keywrap', 'key wrapping'],
  ['launchSecurity', 'launch security'],
];

const VIRTIO = ['driver.iommu', 'driver.ats', 'driver.packed', 'driver.page_per_vq'];

/** The same for devices, which besides all have an address. */
const DEVICE_FACTS: Record<DeviceKind, readonly string[]> = {
  disk: ['device', 'target.bus', 'target.dev', 'model', 'serial', 'wwn', 'readonly', 'blockio', ...VIRTIO],
  controller: ['type', 'index', 'model', 'modelName', 'ports', 'vectors', 'target', 'master', ...VIRTIO],
  lease: ['lockspace', 'key'],
  filesystem: ['target.dir', 'model', ...VIRTIO],
  interface: ['mac.address', 'model.type', 'mtu.size', ...VIRTIO],
  smartcard: ['mode'],
  serial: ['target.type', 'target.port', 'target.model'],
  parallel: ['target.port'],
  console: ['target.type', 'target.port'],
  channel: ['target.type', 'target.name', 'target.address', 'target.port'],
  input: ['type', 'bus', 'model', ...VIRTIO],
  tpm: ['model', 'backend.type', 'backend.version'],
  graphics: [],
  sound: ['model', 'codec'],
  audio: [],
  video: ['model', 'driver'],
  hostdev: ['mode', 'type', 'model'],
  redirdev: ['bus'],
  redirfilter: ['usbdev'],
  hub: ['type'],
  watchdog: ['model', 'action'],
  memballoon: ['model', 'autodeflate', 'freePageReporting', ...VIRTIO],
  rng: ['model', ...VIRTIO],
  nvram: [],
  panic: ['model'],
  shmem: ['name', 'role', 'model', 'size', 'server.path', 'msi'],
  memory: ['model', 'uuid', 'target.size', 'target.node', 'target.label', 'target.block', 'source.alignsize'],
  iommu: ['model', 'driver'],
  vsock: ['model', 'cid', ...VIRTIO],
  crypto: ['model', 'type', 'backend', ...VIRTIO],
};

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** Equal as documents are: the order of properties and absent ones do not count. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys)
    if (!same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  return true;
}

const show = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'object' ? JSON.stringify(value) : String(value);

function mismatch(what: string, target: unknown, source: unknown): ReturnType<typeof unsupported> {
  return unsupported(`Target domain ${what} ${show(target)} does not match source ${show(source)}`);
}

/** A thing the guest can see, and that differs between two definitions. */
export interface AbiDifference {
  readonly what: string;
  readonly source: unknown;
  readonly target: unknown;
}

/** What a guest would notice if it were moved from one definition to the other while it runs. */
export function abiDifferences(source: DomainDef, target: DomainDef): AbiDifference[] {
  const found: AbiDifference[] = [];
  const compare = (what: string, from: unknown, to: unknown): void => {
    if (!same(from, to)) found.push({ what, source: from, target: to });
  };
  for (const [path, name] of DOMAIN_FACTS) compare(name, at(source, path), at(target, path));
  for (const kind of DEVICE_KINDS) {
    const from = devicesOf(source, kind);
    const to = devicesOf(target, kind);
    if (from.length !== to.length) {
      found.push({ what: `${kind} device count`, source: from.length, target: to.length });
      continue;
    }
    from.forEach((device, place) => {
      for (const path of [...DEVICE_FACTS[kind], 'address'])
        compare(`${kind} device ${place} ${path.replaceAll('.', ' ')}`, at(device, path), at(to[place], path));
    });
  }
  return found;
}

function devicesOf({ devices }: DomainDef, kind: DeviceKind): readonly unknown[] {
  const found = devices[kind];
  return Array.isArray(found) ? found : found === undefined ? [] : [found];
}

/**
 * virDomainDefCheckABIStability: whether a running guest can go from one definition to the other without noticing; raises
 * CONFIG_UNSUPPORTED naming the first thing it would notice.
 */
export function checkAbiStability(source: DomainDef, target: DomainDef): void {
  const [first] = abiDifferences(source, target);
  if (first !== undefined) throw mismatch(first.what, first.target, first.source);
}
