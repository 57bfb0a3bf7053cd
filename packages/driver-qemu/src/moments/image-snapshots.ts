import type { DomainDef, SnapshotDef } from '@virtkit/core/conf';
import { ErrorDomain, LibvirtError, UndoStack } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { formatNode, formatOf, localPath, type MomentDisk, snapshotDisks } from './disks.js';
import { imageInfo, qemuImg } from './qemu-img.js';
import { runQmpJob } from './qmp-job.js';

/** Whether an image holds a snapshot of that name. */
async function holds(disk: MomentDisk, name: string): Promise<boolean> {
  const { snapshots = [] } = await imageInfo(localPath(disk), formatOf(disk.disk));
  return snapshots.some((one) => one.name === name);
}

/** qemuSnapshotCreateInactiveInternal: inside the images, all or none. */
export async function createInImages(host: QemuHost, domain: DomainDef, def: SnapshotDef): Promise<void> {
  const undo = new UndoStack();
  try {
    for (const one of snapshotDisks(def, domain, 'internal')) {
      const path = localPath(one);
      if (await holds(one, def.name))
        throw operationInvalid(`the image '${path}' of disk '${one.target}' already holds a snapshot '${def.name}'`);
      await qemuImg('snapshot', '-c', def.name, path);
      undo.push(async () => {
        await qemuImg('snapshot', '-d', def.name, path);
      });
    }
  } catch (error) {
    await undo.run((failure) => host.log.error(`undoing snapshot '${def.name}': ${String(failure)}`));
    throw LibvirtError.from(error, ErrorDomain.QEMU);
  }
}

/** Raises OPERATION_INVALID unless all images that should hold the snapshot do. */
export async function assertInImages(domain: DomainDef, def: SnapshotDef): Promise<void> {
  for (const one of snapshotDisks(def, domain, 'internal'))
    if (!(await holds(one, def.name)))
      throw operationInvalid(
        `the image '${localPath(one)}' of disk '${one.target}' holds no snapshot '${def.name}': nothing was changed`,
      );
}

/** qemuSnapshotRevertInactive: sets the images of a guest that does not run back. */
export async function revertImages(domain: DomainDef, def: SnapshotDef): Promise<void> {
  for (const one of snapshotDisks(def, domain, 'internal')) await qemuImg('snapshot', '-a', def.name, localPath(one));
}

/** Removes a snapshot from the images that hold it. */
export async function deleteFromImages(domain: QemuDomain, def: SnapshotDef): Promise<void> {
  const { live } = domain;
  const disks = snapshotDisks(def, live === undefined ? domain.persistentDef : domain.def, 'internal');
  if (live === undefined) {
    for (const one of disks) if (await holds(one, def.name)) await qemuImg('snapshot', '-d', def.name, localPath(one));
    return;
  }
  if (disks.length === 0) return;
  await runQmpJob(live.monitor, 'snapshot-delete', { tag: def.name, devices: disks.map(formatNode) });
}

/** The disks inside which the guest's memory and disks are kept, and the one with the memory. */
function liveNodes(domain: DomainDef, def: SnapshotDef): { vmstate: string; devices: string[] } {
  const devices = snapshotDisks(def, domain, 'internal').map(formatNode);
  const [vmstate] = devices;
  if (vmstate === undefined) throw operationInvalid(`snapshot '${def.name}' has no disk that could hold the memory`);
  return { vmstate, devices };
}

/** qemuSnapshotCreateActiveInternal: memory and disks of a guest that runs, all inside its images. QEMU stops it meanwhile. */
export async function saveLive({ running, def: live }: QemuDomain, def: SnapshotDef): Promise<void> {
  await runQmpJob(running.monitor, 'snapshot-save', { tag: def.name, ...liveNodes(live, def) });
}

/** Sets a guest that has been started with its CPUs stopped back to what {@link saveLive} kept. */
export async function loadLive({ running, def: live }: QemuDomain, def: SnapshotDef): Promise<void> {
  await runQmpJob(running.monitor, 'snapshot-load', { tag: def.name, ...liveNodes(live, def) });
}
