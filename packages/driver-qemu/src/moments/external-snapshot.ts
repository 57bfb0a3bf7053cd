import { rm } from 'node:fs/promises';
import { diskByTarget, type DiskDef, type DomainDef, imagePath, type SnapshotDef } from '@virtkit/core/conf';
import { ErrorDomain, LibvirtError, UndoStack } from '@virtkit/core/util';
import { blockdevNodes, imageInPlaceOf } from '../block/index.js';
import { assertNoJob, highestIndex, withoutIndex } from '../block-jobs/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { saveConfig } from '../domain/impact.js';
import type { QemuHost } from '../host/qemu-host.js';
import { formatNode, formatOf, imageIndex, localPath, snapshotDisks } from './disks.js';
import { imageInfo, qemuImg } from './qemu-img.js';

/** A new image over that of a disk. */
interface Overlay {
  readonly target: string;
  readonly disk: DiskDef;
  readonly base: string;
  readonly path: string;
  /** Its number in a guest that runs. */
  readonly index: number | undefined;
}

/**
 * qemuSnapshotCreateInactiveExternal and qemuSnapshotCreateActiveExternal: from here on the guest writes into new images;
 * the old ones stay as they are. All disks or none; answers how to take it back while the guest does not run.
 */
export async function createExternal(
  host: QemuHost,
  domain: QemuDomain,
  def: SnapshotDef,
  reuse: boolean,
): Promise<() => Promise<void>> {
  const undo = new UndoStack();
  const report = (error: unknown) => host.log.error(`undoing snapshot '${def.name}': ${String(error)}`);
  try {
    const overlays = overlaysOf(domain, def);
    for (const one of overlays) {
      if (reuse) continue;
      undo.push(() => rm(one.path, { force: true }));
      await createImage(one);
    }
    if (domain.live !== undefined) await switchLive(domain, overlays, undo);
    else {
      const before = domain.persistentDef;
      await saveConfig(host, domain, withOverlays(before, overlays));
      undo.push(() => saveConfig(host, domain, before));
      return () => undo.run(report);
    }
    await follow(host, domain, overlays);
    return () => Promise.resolve();
  } catch (error) {
    await undo.run(report);
    throw LibvirtError.from(error, ErrorDomain.QEMU);
  }
}

function overlaysOf(domain: QemuDomain, def: SnapshotDef): Overlay[] {
  const current = domain.live === undefined ? domain.persistentDef : domain.def;
  let index = domain.live === undefined ? undefined : Math.max(domain.live.lastImage, highestIndex(current));
  return snapshotDisks(def, current, 'external').map(({ disk, target, part }) => {
    if (domain.live !== undefined) assertNoJob(domain.live, disk);
    if (index !== undefined) index++;
    return { target, disk, base: localPath({ disk, target }), path: imagePath(part.image) ?? '', index };
  });
}

/** The size is told, so that the image below, which a guest may have locked, need not be opened for it. */
async function createImage({ base, disk, path }: Overlay): Promise<void> {
  const { 'virtual-size': size } = await imageInfo(base, formatOf(disk));
  await qemuImg('create', '-f', 'qcow2', '-u', '-b', base, '-F', formatOf(disk), path, String(size));
}

/** Opens the new images and puts all of them in place at once. */
async function switchLive({ running }: QemuDomain, overlays: readonly Overlay[], undo: UndoStack): Promise<void> {
  const { monitor } = running;
  const actions: unknown[] = [];
  for (const { disk, index, path, target } of overlays) {
    const image = imageInPlaceOf(disk, index ?? 0, { type: 'file', source: { file: path } }, 'qcow2');
    for (const node of blockdevNodes(image, { autoReadonly: true })) {
      await monitor.execute('blockdev-add', node);
      undo.push(async () => {
        await monitor.execute('blockdev-del', { 'node-name': node['node-name'] });
      });
    }
    actions.push({
      type: 'blockdev-snapshot',
      data: { node: formatNode({ disk, target }), overlay: image.formatNode },
    });
  }
  await monitor.execute('transaction', { actions });
  undo.clear();
}

/** The definitions say what the guest uses now; the start's only where it had the same image. */
async function follow(host: QemuHost, domain: QemuDomain, overlays: readonly Overlay[]): Promise<void> {
  domain.def = withOverlays(domain.def, overlays);
  if (domain.live !== undefined) domain.live.lastImage = Math.max(domain.live.lastImage, highestIndex(domain.def));
  await host.saveStatus(domain);
  if (!domain.persistent) return;
  const next = domain.persistentDef;
  const same = overlays.filter(({ target, base }) => {
    const disk = diskByTarget(next, target);
    return disk !== undefined && imagePath(disk) === base;
  });
  if (same.length > 0) await saveConfig(host, domain, withOverlays(next, same, false));
}

function withOverlays(def: DomainDef, overlays: readonly Overlay[], live = true): DomainDef {
  const disk = def.devices.disk.map((one): DiskDef => {
    const overlay = overlays.find(({ target }) => target === one.target?.dev);
    if (overlay === undefined) return one;
    const { backingStore, source, ...rest } = one;
    const { path, index } = overlay;
    const below = {
      type: one.type,
      source: withoutIndex(source),
      format: { type: formatOf(one) },
      ...(backingStore && { backingStore }),
    };
    return {
      ...rest,
      type: 'file',
      driver: { ...one.driver, type: 'qcow2' },
      source: { file: path, ...(live && index !== undefined && { index }) },
      // What lies below is found out at the next start; a guest that runs has it already.
      ...(live && index !== undefined && { backingStore: { ...below, index: imageIndex(one) } }),
    } as DiskDef;
  });
  return { ...def, devices: { ...def.devices, disk } };
}
