import { dropDescendants, dropMoment, isExternalSnapshot, type SnapshotMoment } from '@virtkit/core/driver';
import { DomainSnapshotDeleteFlags as Delete } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { configUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { deleteFromImages } from './image-snapshots.js';
import { saveSnapshot, withParent } from './metadata.js';

/** qemuSnapshotDelete, as a job of the domain: children before their parents, images before what is known of them. */
export async function deleteSnapshot(
  host: QemuHost,
  domain: QemuDomain,
  moment: SnapshotMoment,
  flags: number,
): Promise<void> {
  const { snapshots } = domain;
  const withChildren = (flags & (Delete.CHILDREN | Delete.CHILDREN_ONLY)) !== 0;
  const alone = (flags & Delete.CHILDREN_ONLY) === 0;
  const below = withChildren ? snapshots.descendants(moment).reverse() : [];
  const gone = alone ? [...below, moment] : below;
  if ((flags & Delete.METADATA_ONLY) === 0) {
    const external = gone.filter(({ def }) => isExternalSnapshot(def)).length;
    if (external > 0)
      throw configUnsupported(
        `deletion of ${external} external disk snapshots not supported yet: with the metadata-only flag they are forgotten and their files stay`,
      );
    for (const one of gone) await deleteFromImages(domain, one.def);
  }
  const current = snapshots.current;
  const changed = new Set<SnapshotMoment>();
  if (withChildren) dropDescendants(snapshots, moment);
  if (alone)
    dropMoment(snapshots, moment, (child) => {
      child.def = withParent(child.def, child.parent);
      changed.add(child);
    });
  if (snapshots.current !== undefined && snapshots.current !== current) changed.add(snapshots.current);
  for (const one of changed) await saveSnapshot(host, domain, one);
  for (const one of gone) await host.snapshots.remove(domain.name, one.name);
}
