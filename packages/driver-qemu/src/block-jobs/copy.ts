import { type DiskDef, imagePath, type StorageFormat } from '@virtkit/core/conf';
import type { CallContext } from '@virtkit/core/driver';
import { DomainBlockCopyFlags as Copy, ErrorDomain, LibvirtError, UndoStack } from '@virtkit/core/util';
import { blockdevNodes, imageInPlaceOf } from '../block/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { configUnsupported, internalError, invalidArg, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { BlockNode } from '../stats/replies.js';
import { assertNoJob, newJob } from './block-job.js';
import { formatNodeOf, highestIndex, type Level, levelsOf, withDisk, withoutIndex } from './chain.js';
import { removeNodes } from './conclude.js';
import { type CopyTarget, prepareCopy, probeFormat } from './copy-target.js';
import { startJob } from './start-job.js';

export interface CopyRequest {
  readonly disk: DiskDef;
  readonly to: CopyTarget;
  readonly speed?: bigint | undefined;
  readonly granularity?: number | undefined;
  readonly bufSize?: bigint | undefined;
  readonly flags: number;
}

/** qemuDomainBlockCopyCommon: the guest writes to a copy as well, until it is switched over or told to leave it. */
export async function copy(host: QemuHost, domain: QemuDomain, request: CopyRequest, call: CallContext): Promise<void> {
  const { disk, to, speed, granularity, bufSize, flags } = request;
  const live = domain.running;
  const target = disk.target?.dev ?? '';
  assertNoJob(live, disk);
  if (domain.persistent && (flags & Copy.TRANSIENT_JOB) === 0) throw operationInvalid('domain is not transient');
  if (granularity !== undefined && (granularity & (granularity - 1)) !== 0)
    throw invalidArg('granularity must be power of 2');
  const path = imagePath(to.place);
  if (path === undefined || path === '') throw configUnsupported('non-file destination not supported yet');
  const levels = levelsOf(disk);
  const top = levels[0] as Level;
  const shallow = (flags & Copy.SHALLOW) !== 0;
  const shared = shallow ? levels[1] : undefined;
  const nodes = await live.monitor.execute<BlockNode[]>('query-named-block-nodes', { flat: true }, call);
  const size = nodes.find((node) => node['node-name'] === formatNodeOf(top))?.image['virtual-size'];
  if (size === undefined) throw internalError(`the size of disk '${target}' is not known`);
  const undo = new UndoStack();
  try {
    const format =
      to.format ?? ((flags & Copy.REUSE_EXT) !== 0 ? await probeFormat(path) : (top.format.type as StorageFormat));
    await prepareCopy({ disk, path, format, size, shared, flags }, undo);
    const index = Math.max(live.lastImage, highestIndex(domain.def)) + 1;
    live.lastImage = index;
    const image = imageInPlaceOf(disk, index, to.place, format);
    undo.push(() => removeNodes(live.monitor, [{ index }]));
    for (const node of blockdevNodes(image, { autoReadonly: true }))
      await live.monitor.execute('blockdev-add', node, call);
    const source = { ...withoutIndex(to.place.source), index };
    const mirror = { ...to.place, source, job: 'copy', format: { type: format } } as DiskDef['mirror'];
    domain.def = withDisk(domain.def, { ...disk, mirror } as DiskDef);
    undo.push(() => {
      domain.def = withDisk(domain.def, disk);
    });
    const job = newJob({ kind: 'copy', target, top: top.index, base: shared?.index ?? 0, deletes: false });
    await startJob(
      live,
      job,
      'blockdev-mirror',
      {
        device: formatNodeOf(top),
        target: image.formatNode,
        sync: shallow ? 'top' : 'full',
        ...(speed && { speed }),
        ...(granularity && { granularity }),
        ...(bufSize && { 'buf-size': bufSize }),
        ...((flags & Copy.SYNCHRONOUS_WRITES) !== 0 && { 'copy-mode': 'write-blocking' }),
      },
      call,
    );
  } catch (error) {
    await undo.run((failure) => host.log.error(`undoing the copy of disk '${target}': ${String(failure)}`));
    throw LibvirtError.from(error, ErrorDomain.QEMU);
  }
  await host.saveStatus(domain);
}
