import type { SecurityLabelDef } from './common/seclabel.js';
import type { ClockDef } from './clock.js';
import type { DomainCpuDef } from './cpu.js';
import type { CpuTuneDef, IoThreadDef, VcpuDef, VcpuEntryDef } from './cpu-tuning.js';
import type { DevicesDef } from './devices.js';
import type { FeaturesDef } from './features.js';
import type { BlkioTuneDef, MemoryBackingDef, MemTuneDef, NumaTuneDef } from './memory-tuning.js';
import type { OsDef } from './os.js';
import type { KeywrapDef, LaunchSecurityDef } from './security.js';
import type { SysinfoDef } from './sysinfo.js';

export const VIRT_TYPES = [
  'qemu',
  'kqemu',
  'kvm',
  'hvf',
  'xen',
  'lxc',
  'uml',
  'openvz',
  'test',
  'vmware',
  'hyperv',
  'vbox',
  'phyp',
  'parallels',
  'bhyve',
  'vz',
] as const;
/** Types of guests that libvirt does not know; their drivers declare them by augmenting this interface. */
export interface DomainTypes {}
export type VirtType = (typeof VIRT_TYPES)[number] | Extract<keyof DomainTypes, string>;

export const LIFECYCLE_ACTIONS = ['destroy', 'restart', 'rename-restart', 'preserve'] as const;
export type LifecycleAction = (typeof LIFECYCLE_ACTIONS)[number];
export const CRASH_ACTIONS = [...LIFECYCLE_ACTIONS, 'coredump-destroy', 'coredump-restart'] as const;
export type CrashAction = (typeof CRASH_ACTIONS)[number];

export interface IdMapEntryDef {
  start: number;
  target: number;
  count: number;
}

/** Elements of a driver's own namespaces; drivers declare theirs by augmenting this interface. */
export interface DomainNamespaces {}

/** virDomainDef: a domain as its XML says it. */
export interface DomainDef {
  type: VirtType;
  /** Only of a running domain. */
  id?: number;
  name: string;
  uuid: string;
  hwuuid?: string;
  /** '' asks for one to be made up at start. */
  genid?: string;
  title?: string;
  description?: string;
  /** The element as markup. */
  metadata?: string;
  /** KiB */
  maxMemory?: { slots: number; value: number };
  /** KiB; what the guest has at start, with memory devices. */
  memory: { value: number; dumpCore?: boolean };
  /** KiB */
  currentMemory: number;
  blkiotune?: BlkioTuneDef;
  memtune?: MemTuneDef;
  memoryBacking?: MemoryBackingDef;
  vcpu: VcpuDef;
  vcpus?: { vcpu: VcpuEntryDef[] };
  iothreads?: number;
  iothreadids?: { iothread: IoThreadDef[] };
  defaultiothread?: { thread_pool_min?: number; thread_pool_max?: number };
  cputune?: CpuTuneDef;
  numatune?: NumaTuneDef;
  resource?: { partition?: string; fibrechannel?: { appid: string } };
  sysinfo?: SysinfoDef[];
  bootloader?: string;
  bootloader_args?: string;
  os: OsDef;
  idmap?: { uid: IdMapEntryDef[]; gid: IdMapEntryDef[] };
  features?: FeaturesDef;
  cpu?: DomainCpuDef;
  clock: ClockDef;
  on_poweroff: LifecycleAction;
  on_reboot: LifecycleAction;
  on_crash: CrashAction;
  on_lockfailure?: 'poweroff' | 'restart' | 'pause' | 'ignore';
  pm?: { 'suspend-to-mem'?: { enabled: boolean }; 'suspend-to-disk'?: { enabled: boolean } };
  perf?: { event: { name: string; enabled: boolean }[] };
  devices: DevicesDef;
  seclabel: SecurityLabelDef[];
  keywrap?: KeywrapDef;
  launchSecurity?: LaunchSecurityDef;
  namespaces?: DomainNamespaces;
}
