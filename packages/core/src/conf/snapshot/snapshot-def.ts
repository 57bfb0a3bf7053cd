import type { DomainDef, StorageSource } from '../domain/index.js';

/** virDomainSnapshotState: states of a domain, and of disks that were taken alone. */
export const SNAPSHOT_STATES = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
  'disk-snapshot',
] as const;
export type SnapshotState = (typeof SNAPSHOT_STATES)[number];

export const SNAPSHOT_LOCATIONS = ['no', 'internal', 'external', 'manual'] as const;
export type SnapshotLocation = (typeof SNAPSHOT_LOCATIONS)[number];

/** virDomainSnapshotDiskDef */
export type SnapshotDisk = {
  /** Target or source of a disk of the domain. */
  name: string;
  snapshot?: SnapshotLocation;
  driver?: { type?: string };
} & StorageSource;

/** virDomainSnapshotDef */
export interface SnapshotDef {
  name: string;
  description?: string;
  state: SnapshotState;
  /** Name of the snapshot that the domain had when this one was taken. */
  parent?: string;
  /** Seconds since the epoch. */
  creationTime: number;
  memory?: { snapshot: Exclude<SnapshotLocation, 'manual'>; file?: string };
  /** Empty until they were matched with the domain's. */
  disks: SnapshotDisk[];
  /** The domain as it was; absent in what older versions wrote. */
  domain?: DomainDef;
  /** What the next start would have used, where that is something else. */
  inactiveDomain?: DomainDef;
  /** What the driver noted down for itself, as markup. */
  cookie?: string;
}

/** Taken of a domain that did not run, or without its memory. */
export function isOfflineSnapshot({ state }: Pick<SnapshotDef, 'state'>): boolean {
  return state === 'shutoff' || state === 'disk-snapshot';
}

/** virDomainSnapshotIsExternal: something of it lies in files of its own. */
export function isExternalSnapshot({ memory, disks }: Pick<SnapshotDef, 'memory' | 'disks'>): boolean {
  return memory?.snapshot === 'external' || disks.some(({ snapshot }) => snapshot === 'external');
}
