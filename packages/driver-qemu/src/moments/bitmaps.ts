import { type CheckpointDef, diskByTarget } from '@virtkit/core/conf';
import type { QemuDomain } from '../domain/domain.js';
import { formatNode } from './disks.js';

interface BitmapNode {
  readonly 'node-name': string;
  readonly 'dirty-bitmaps'?: readonly { readonly name?: string; readonly count: number }[];
}

/** The bitmaps of a checkpoint: those of disks that the domain still has. */
function bitmapsOf({ def: live }: QemuDomain, { name: checkpoint, disks }: CheckpointDef) {
  return (disks?.disk ?? []).flatMap((part) => {
    const disk = part.checkpoint === 'bitmap' ? diskByTarget(live, part.name) : undefined;
    return disk === undefined
      ? []
      : [{ node: formatNode({ disk, target: part.name }), name: part.bitmap ?? checkpoint, target: part.name }];
  });
}

/** From now on QEMU records what changes, in all disks of the checkpoint or in none. */
export async function addBitmaps(domain: QemuDomain, def: CheckpointDef): Promise<void> {
  const actions = bitmapsOf(domain, def).map(({ node, name }) => ({
    type: 'block-dirty-bitmap-add',
    data: { node, name, persistent: true },
  }));
  if (actions.length > 0) await domain.running.monitor.execute('transaction', { actions });
}

/** Forgets what was recorded since these checkpoints, of all or of none; bitmaps that are gone already are passed over. */
export async function removeBitmaps(domain: QemuDomain, defs: readonly CheckpointDef[]): Promise<void> {
  const counts = await bitmapCounts(domain);
  const actions = defs
    .flatMap((def) => bitmapsOf(domain, def))
    .filter(({ target, name }) => counts(target, name) !== undefined)
    .map(({ node, name }) => ({ type: 'block-dirty-bitmap-remove', data: { node, name } }));
  if (actions.length > 0) await domain.running.monitor.execute('transaction', { actions });
}

/** Bytes that changed since a bitmap was made, by its disk and name; undefined where there is none. */
export async function bitmapCounts(
  domain: QemuDomain,
): Promise<(target: string, bitmap: string) => number | undefined> {
  const nodes = await domain.running.monitor.execute<BitmapNode[]>('query-named-block-nodes', { flat: true });
  return (target, bitmap) => {
    const disk = diskByTarget(domain.def, target);
    if (disk?.source === undefined) return undefined;
    const name = formatNode({ disk, target });
    const node = nodes.find((one) => one['node-name'] === name);
    return node?.['dirty-bitmaps']?.find((one) => one.name === bitmap)?.count;
  };
}
