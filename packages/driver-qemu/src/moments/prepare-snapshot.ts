import { statSync } from 'node:fs';
import { alignSnapshotDisks, diskByTarget, type DomainDef, imagePath, type SnapshotDef } from '@virtkit/core/conf';
import { snapshotStateOf } from '@virtkit/core/driver';
import { DomainSnapshotCreateFlags as Create, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { argumentUnsupported, configUnsupported, operationUnsupported } from '../errors.js';
import { variablesFile } from '../firmware/index.js';
import { formatOf, snapshotDisks } from './disks.js';

export const isRegular = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/**
 * qemuSnapshotCreateAlignDisks and qemuSnapshotPrepare: decides what of a domain becomes part of its snapshot and where it
 * is kept, and refuses what cannot be. Changes nothing but the description.
 */
export function prepareSnapshot(domain: QemuDomain, current: DomainDef, def: SnapshotDef, flags: number): void {
  const { active } = domain;
  const diskOnly = (flags & Create.DISK_ONLY) !== 0;
  const memoryFile = def.memory?.snapshot === 'external';
  if ((flags & Create.QUIESCE) !== 0 && active) throw argumentUnsupported('QEMU guest agent is not configured');
  if ((flags & Create.LIVE) !== 0 && (!active || !memoryFile))
    throw operationUnsupported('live snapshot creation is supported only during full system snapshots');
  if (diskOnly && memoryFile)
    throw configUnsupported('memory state cannot be saved with a disk-only snapshot: leave out its file');
  if (memoryFile && !active) throw configUnsupported('memory state cannot be saved with offline or disk-only snapshot');
  if (memoryFile)
    throw operationUnsupported(
      `the memory of domain '${domain.name}' cannot be kept in a file of its own: snapshot='internal' keeps it in a qcow2 disk`,
    );
  if (active && !diskOnly && def.memory?.snapshot === 'no')
    throw operationUnsupported('internal snapshot of a running VM must include the memory state');
  const state = snapshotStateOf(domain.status.state);
  def.state = diskOnly && active ? 'disk-snapshot' : state;
  def.memory = { snapshot: active && !diskOnly ? 'internal' : 'no' };
  alignSnapshotDisks(def, current, { fallback: diskOnly ? 'external' : 'internal', uniform: !diskOnly, isRegular });
  checkInternal(def, current, active && diskOnly);
  checkExternal(def, current, (flags & Create.REUSE_EXT) !== 0);
  if (!(active && !diskOnly) && snapshotDisks(def, current, diskOnly ? 'external' : 'internal').length === 0)
    throw configUnsupported('nothing selected for snapshot');
  if (active && !diskOnly) checkMemory(def, current);
}

function checkInternal(def: SnapshotDef, current: DomainDef, onlyExternal: boolean): void {
  for (const { disk, target } of snapshotDisks(def, current, 'manual'))
    throw operationUnsupported(
      `'manual' snapshot mode of disk '${target}' is not supported: its image is ${formatOf(disk)}`,
    );
  const internal = snapshotDisks(def, current, 'internal');
  if (internal.length > 0 && snapshotDisks(def, current, 'external').length > 0)
    throw configUnsupported('mixing internal and external targets for a snapshot is not yet supported');
  for (const { disk, target } of internal) {
    if (onlyExternal)
      throw configUnsupported(`active qemu domains require external disk snapshots; disk ${target} requested internal`);
    if (formatOf(disk) === 'qcow2') continue;
    throw configUnsupported(`internal snapshot for disk ${target} unsupported for storage type ${formatOf(disk)}`);
  }
}

function checkExternal(def: SnapshotDef, current: DomainDef, reuse: boolean): void {
  const places = new Set<string>();
  for (const { target, part } of snapshotDisks(def, current, 'external')) {
    const format = part.image?.driver?.type ?? 'qcow2';
    if (format !== 'qcow2')
      throw configUnsupported(`external snapshot format for disk ${target} is unsupported: ${format}`);
    const path = imagePath(part.image);
    if (part.image?.type !== 'file' || path === undefined)
      throw configUnsupported(
        `external snapshot of disk ${target} on a '${part.image?.type ?? 'file'}' target is not supported: only files are`,
      );
    if (places.has(path)) throw configUnsupported(`two disks of the snapshot are to have the same file ${path}`);
    places.add(path);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined && reuse)
      throw LibvirtError.system(
        ErrorDomain.QEMU,
        `missing existing file for disk ${target}: ${path}`,
        Object.assign(new Error('No such file or directory'), { code: 'ENOENT', errno: -2 }),
      );
    if (found !== undefined && !reuse)
      throw configUnsupported(
        `external snapshot file for disk ${target} already exists and is not a block device: ${path}`,
      );
  }
}

/** What a snapshot with memory inside the disks takes. */
function checkMemory(def: SnapshotDef, current: DomainDef): void {
  if (variablesFile(current) !== undefined)
    throw operationUnsupported('internal snapshots of a VM with pflash based firmware are not supported');
  if (snapshotDisks(def, current, 'internal').length === 0)
    throw configUnsupported('internal and full system snapshots require all disks to be selected for snapshot');
  for (const { name, snapshot } of def.disks?.disk ?? []) {
    const disk = diskByTarget(current, name);
    if (snapshot === 'no' && disk?.source !== undefined && disk.readonly !== true)
      throw configUnsupported('internal and full system snapshots require all disks to be selected for snapshot');
  }
}
