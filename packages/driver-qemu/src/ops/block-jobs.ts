import { access, open, rm, stat } from 'node:fs/promises';
import { type DiskDef, readXml, sourceOf, childOf, type StorageFormat, type StorageSource } from '@virtkit/core/conf';
import type { BlockOps, CallContext, DomainRef } from '@virtkit/core/driver';
import {
  DomainBlockCommitFlags as Commit,
  DomainBlockCopyFlags as Copy,
  DomainBlockJobAbortFlags as Abort,
  DomainBlockRebaseFlags as Rebase,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  paramValues,
  type TypedParams,
  UndoStack,
  validateParams,
} from '@virtkit/core/util';
import { blockdevNodes, numberedNames } from '../block/index.js';
import {
  assertNoJob,
  type BlockJob,
  findLevel,
  formatNodeOf,
  type Level,
  highestIndex,
  jobName,
  JOB_TYPES,
  levelsOf,
  newJob,
  placePath,
  removeNodes,
  setMirrorState,
  withDisk,
  withoutIndex,
} from '../block-jobs/index.js';
import { notRunning, type QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { configUnsupported, internalError, invalidArg, operationInvalid, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { imageInfo, qemuImg } from '../moments/qemu-img.js';
import type { BlockNode } from '../stats/replies.js';
import { jobsOf } from './job.js';

const MIB = 1n << 20n;
/** virDomainBlockPullFlags, virDomainBlockRebaseFlags */
const BYTES = 64;

interface QmpBlockJob {
  readonly device: string;
  readonly len: number;
  readonly offset: number;
  readonly speed: number;
  readonly ready: boolean;
}

/** A client's bandwidth in bytes per second. */
function speedOf(bandwidth: bigint, bytes: boolean): bigint {
  if (bytes) return bandwidth;
  const most = (1n << 63n) / MIB - 1n;
  if (bandwidth > most)
    throw new LibvirtError(ErrorCode.OVERFLOW, ErrorDomain.QEMU, `bandwidth must be less than ${most + 1n}`);
  return bandwidth * MIB;
}

/** What a copy is to become. */
interface CopyTarget {
  readonly place: StorageSource;
  readonly format: StorageFormat | undefined;
}

interface CopyOptions {
  readonly speed?: bigint | undefined;
  readonly granularity?: number | undefined;
  readonly bufSize?: bigint | undefined;
}

/** virDomainDiskDefParse of a copy's place: only where it is, and how it is written. */
function parseTarget(xml: string): CopyTarget {
  const root = readXml(xml, 'disk');
  const type = root.attrs.type ?? 'file';
  const source = childOf(root, 'source');
  if ((type !== 'file' && type !== 'block') || source === undefined)
    throw configUnsupported('non-file destination not supported yet');
  const place = { type, source: sourceOf[type].decode(source, {} as never) } as StorageSource;
  return { place, format: childOf(root, 'driver')?.attrs.type as StorageFormat | undefined };
}

/** Work on the images of disks while their guest runs. */
export const blockJobOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  function diskOf(domain: QemuDomain, path: string): DiskDef {
    const disk = domain.def.devices.disk.find(
      (one) =>
        one.target?.dev === path ||
        (one.source !== undefined && placePath({ type: one.type, source: one.source } as StorageSource) === path),
    );
    if (disk === undefined) throw invalidArg(`disk '${path}' not found in domain`);
    return disk;
  }

  /** Tells QEMU to begin; the job is known before its first event can come. */
  async function begin(
    live: LiveDomain,
    work: BlockJob,
    command: string,
    args: Readonly<Record<string, unknown>>,
    call: CallContext,
  ): Promise<void> {
    live.blockJobs.set(work.target, work);
    try {
      await live.monitor.execute(
        command,
        { 'job-id': jobName(work), 'auto-finalize': true, 'auto-dismiss': false, ...args },
        call,
      );
    } catch (error) {
      live.blockJobs.delete(work.target);
      throw error;
    }
  }

  async function pull(
    domain: QemuDomain,
    path: string,
    base: string | null,
    speed: bigint,
    flags: number,
    call: CallContext,
  ) {
    const live = domain.running;
    const disk = diskOf(domain, path);
    const target = disk.target?.dev ?? '';
    if ((flags & Rebase.RELATIVE) !== 0 && base === null)
      throw invalidArg(`flag VIR_DOMAIN_BLOCK_REBASE_RELATIVE is valid only with non-null base`);
    assertNoJob(live, disk);
    const levels = levelsOf(disk);
    const top = levels[0] as Level;
    const below = base === null ? undefined : findLevel(disk, levels, base, top);
    const work = newJob({ kind: 'pull', target, top: top.index, base: below?.index ?? 0, deletes: false });
    await begin(
      live,
      work,
      'block-stream',
      {
        device: formatNodeOf(top),
        ...(below && { 'base-node': formatNodeOf(below) }),
        ...(below && (flags & Rebase.RELATIVE) !== 0 && { 'backing-file': await relativeName(levels, below) }),
        ...(speed > 0n && { speed }),
      },
      call,
    );
    await host.saveStatus(domain);
  }

  /** The name by which an image knows the one below it, as it is written in the image. */
  async function relativeName(levels: readonly Level[], below: Level): Promise<string> {
    const above = levels[levels.indexOf(below) - 1] as Level;
    const path = placePath(above.place) ?? '';
    const info = (await imageInfo(path, above.format.type)) as { 'backing-filename'?: string };
    const name = info['backing-filename'];
    if (name === undefined || name.startsWith('/'))
      throw operationInvalid(
        `can't keep relative backing relationship: '${path}' names what is below it by an absolute path`,
      );
    return name;
  }

  function commitLevels(
    disk: DiskDef,
    levels: readonly Level[],
    base: string | null,
    top: string | null,
    flags: number,
  ) {
    const target = disk.target?.dev ?? '';
    const upper = top === null || top === target ? (levels[0] as Level) : findLevel(disk, levels, top);
    const next = levels[levels.indexOf(upper) + 1];
    const lower =
      base !== null
        ? findLevel(disk, levels, base, upper)
        : (flags & Commit.SHALLOW) !== 0
          ? next
          : (levels.at(-1) as Level);
    if (next === undefined || lower === undefined || lower === upper)
      throw invalidArg(`could not find base image in chain for '${target}'`);
    if ((flags & Commit.SHALLOW) !== 0 && lower !== next)
      throw invalidArg(
        `base '${base ?? ''}' is not immediately below '${placePath(upper.place) ?? ''}' in chain for '${target}'`,
      );
    const active = upper === levels[0];
    if (active && (flags & Commit.ACTIVE) === 0)
      throw invalidArg(`commit of '${target}' active layer requires active flag`);
    if (!active && (flags & Commit.ACTIVE) !== 0)
      throw invalidArg(`active commit requested but '${placePath(upper.place) ?? ''}' is not active`);
    return { upper, lower, active };
  }

  async function commit(
    domain: QemuDomain,
    path: string,
    base: string | null,
    top: string | null,
    speed: bigint,
    flags: number,
    call: CallContext,
  ): Promise<void> {
    const disk = diskOf(domain, path);
    const target = disk.target?.dev ?? '';
    if (domain.live === undefined) {
      // Of a guest that does not run only the topmost images are known.
      if (disk.backingStore === undefined) throw invalidArg(`could not find base image in chain for '${target}'`);
      throw notRunning();
    }
    const { live } = domain;
    assertNoJob(live, disk);
    const levels = levelsOf(disk);
    const { upper, lower, active } = commitLevels(disk, levels, base, top, flags);
    if (domain.checkpoints.size > 0)
      throw operationUnsupported(
        `images of domain '${domain.name}' cannot be merged while it has checkpoints, which are kept in them: delete these first`,
      );
    const kind = active ? 'active-commit' : 'commit';
    const deletes = (flags & Commit.DELETE) !== 0;
    const work = newJob({ kind, target, top: upper.index, base: lower.index, deletes });
    const above = levels[levels.indexOf(upper) - 1];
    const relative = (flags & Commit.RELATIVE) !== 0 && !active ? await relativeName(levels, lower) : undefined;
    if (active) {
      const place = { ...lower.place, source: { ...lower.place.source, index: lower.index } };
      const mirror = { ...place, job: 'active-commit', format: lower.format } as DiskDef['mirror'];
      domain.def = withDisk(domain.def, { ...disk, mirror } as DiskDef);
    }
    try {
      await begin(
        live,
        work,
        'block-commit',
        {
          device: formatNodeOf(levels[0] as Level),
          'top-node': formatNodeOf(upper),
          'base-node': formatNodeOf(lower),
          ...(above !== undefined && relative !== undefined && { 'backing-file': relative }),
          ...(speed > 0n && { speed }),
        },
        call,
      );
    } catch (error) {
      if (active) domain.def = withDisk(domain.def, disk);
      throw error;
    }
    await host.saveStatus(domain);
  }

  /** Makes the file of a copy, or finds it there. */
  async function prepareCopy(
    disk: DiskDef,
    path: string,
    format: StorageFormat,
    size: number,
    shared: Level | undefined,
    flags: number,
    undo: UndoStack,
  ): Promise<void> {
    const target = disk.target?.dev ?? '';
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw LibvirtError.system(ErrorDomain.QEMU, `unable to stat for disk ${target}: ${path}`, error);
    });
    if ((flags & Copy.REUSE_EXT) !== 0) {
      if (found !== undefined) return;
      await access(path).catch((error: unknown) => {
        throw LibvirtError.system(ErrorDomain.QEMU, `missing destination file for disk ${target}: ${path}`, error);
      });
      return;
    }
    if (found?.isBlockDevice() === true) return;
    if (found !== undefined && found.size > 0)
      throw invalidArg(
        `external destination file for disk ${target} already exists and is not a block device: ${path}`,
      );
    const file = await open(path, 'w', 0o600).catch((error: unknown) => {
      throw LibvirtError.system(ErrorDomain.QEMU, 'failed to create copy target', error);
    });
    if (found === undefined) undo.push(() => rm(path, { force: true }));
    try {
      if (format === 'raw') await file.truncate(size);
    } finally {
      await file.close();
    }
    if (format === 'raw') return;
    const below = shared === undefined ? undefined : placePath(shared.place);
    const backing = below === undefined || shared === undefined ? [] : ['-u', '-b', below, '-F', shared.format.type];
    await qemuImg('create', '-f', format, ...backing, path, String(size));
  }

  async function copy(
    domain: QemuDomain,
    path: string,
    to: CopyTarget,
    options: CopyOptions,
    flags: number,
    call: CallContext,
  ): Promise<void> {
    const live = domain.running;
    const disk = diskOf(domain, path);
    const target = disk.target?.dev ?? '';
    assertNoJob(live, disk);
    if (domain.persistent && (flags & Copy.TRANSIENT_JOB) === 0) throw operationInvalid('domain is not transient');
    const { granularity } = options;
    if (granularity !== undefined && (granularity & (granularity - 1)) !== 0)
      throw invalidArg('granularity must be power of 2');
    const file = placePath(to.place);
    if (file === undefined || file === '') throw configUnsupported('non-file destination not supported yet');
    const levels = levelsOf(disk);
    const top = levels[0] as Level;
    const shared = (flags & Copy.SHALLOW) !== 0 ? levels[1] : undefined;
    const nodes = await live.monitor.execute<BlockNode[]>('query-named-block-nodes', { flat: true }, call);
    const size = nodes.find((node) => node['node-name'] === formatNodeOf(top))?.image['virtual-size'];
    if (size === undefined) throw internalError(`the size of disk '${target}' is not known`);
    const undo = new UndoStack();
    try {
      const format =
        to.format ?? ((flags & Copy.REUSE_EXT) !== 0 ? await probe(file) : (top.format.type as StorageFormat));
      await prepareCopy(disk, file, format, size, shared, flags, undo);
      const index = Math.max(live.lastImage, highestIndex(domain.def)) + 1;
      live.lastImage = index;
      const image = {
        source: to.place,
        format,
        readonly: false,
        // The images that both stand on are put below it when it takes over.
        backing: null,
        ...(disk.driver?.cache !== undefined && { cache: disk.driver.cache }),
        ...(disk.driver?.io !== undefined && { io: disk.driver.io }),
        ...(disk.driver?.discard !== undefined && { discard: disk.driver.discard }),
      } as const;
      const named = { ...image, ...numberedNames(index, image) };
      undo.push(() => removeNodes(live.monitor, [{ index }]));
      for (const node of blockdevNodes(named, { autoReadonly: true }))
        await live.monitor.execute('blockdev-add', node, call);
      const source = { ...withoutIndex(to.place.source), index };
      const mirror = { ...to.place, source, job: 'copy', format: { type: format } } as DiskDef['mirror'];
      domain.def = withDisk(domain.def, { ...disk, mirror } as DiskDef);
      undo.push(() => {
        domain.def = withDisk(domain.def, disk);
      });
      const work = newJob({ kind: 'copy', target, top: top.index, base: shared?.index ?? 0, deletes: false });
      await begin(
        live,
        work,
        'blockdev-mirror',
        {
          device: formatNodeOf(top),
          target: named.formatNode,
          sync: (flags & Copy.SHALLOW) !== 0 ? 'top' : 'full',
          ...(options.speed && { speed: options.speed }),
          ...(granularity && { granularity }),
          ...(options.bufSize && { 'buf-size': options.bufSize }),
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

  async function probe(path: string): Promise<StorageFormat> {
    const info = JSON.parse(await qemuImg('info', '-U', '--output=json', path)) as { format: StorageFormat };
    return info.format;
  }

  const rebase = (
    ref: DomainRef,
    path: string,
    base: string | null,
    bandwidth: bigint,
    flags: number,
    call: CallContext,
  ) =>
    job('domainBlockRebase', ref, call, (domain) => {
      const bytes = (flags & Rebase.BANDWIDTH_BYTES) !== 0;
      if ((flags & Rebase.COPY) === 0) return pull(domain, path, base, speedOf(bandwidth, bytes), flags, call);
      void domain.running;
      const type = (flags & Rebase.COPY_DEV) !== 0 ? 'block' : 'file';
      const source = type === 'block' ? { dev: base ?? '' } : { file: base ?? '' };
      const format = (flags & Rebase.COPY_RAW) !== 0 ? 'raw' : undefined;
      // Older than virDomainBlockCopy, so some flags have other places; and it always was for transient domains only.
      const translated =
        ((flags & Rebase.SHALLOW) !== 0 ? Copy.SHALLOW : 0) | ((flags & Rebase.REUSE_EXT) !== 0 ? Copy.REUSE_EXT : 0);
      const place = { type, source } as StorageSource;
      return copy(domain, path, { place, format }, { speed: speedOf(bandwidth, bytes) }, translated, call);
    });

  function jobOf(domain: QemuDomain, path: string): { live: LiveDomain; work: BlockJob } {
    const live = domain.running;
    const { target } = diskOf(domain, path);
    const work = live.blockJobs.get(target?.dev ?? '');
    if (work === undefined) throw invalidArg(`disk ${target?.dev ?? ''} does not have an active block job`);
    return { live, work };
  }

  async function abort(domain: QemuDomain, path: string, flags: number, call: CallContext): Promise<void> {
    const { live, work } = jobOf(domain, path);
    if (work.state === 'aborting' || work.state === 'pivoting')
      throw operationInvalid(`block job on disk '${work.target}' is still being ended`);
    const id = jobName(work);
    const before = work.state;
    if ((flags & Abort.PIVOT) !== 0) {
      if (work.kind !== 'copy' && work.kind !== 'active-commit')
        throw operationInvalid(`job type '${work.kind}' does not support pivot`);
      if (before !== 'ready')
        throw new LibvirtError(
          ErrorCode.BLOCK_COPY_ACTIVE,
          ErrorDomain.QEMU,
          `block job '${id}' not ready for pivot yet`,
        );
      work.state = 'pivoting';
      setMirrorState(domain, work.target, 'pivot');
    } else {
      work.state = 'aborting';
      setMirrorState(domain, work.target, 'abort');
    }
    try {
      if (work.state === 'pivoting') {
        await putOnShared(domain, live, work, call);
        await live.monitor.execute('job-complete', { id }, call);
      } else await live.monitor.execute('block-job-cancel', { device: id, force: true }, call);
    } catch (error) {
      work.state = before;
      setMirrorState(domain, work.target, before === 'ready' ? 'yes' : undefined);
      throw error;
    }
    if ((flags & Abort.ASYNC) === 0) await work.ended;
  }

  /** A shallow copy gets below it what the original has, before the guest sees it. */
  async function putOnShared({ def }: QemuDomain, live: LiveDomain, work: BlockJob, call: CallContext): Promise<void> {
    if (work.kind !== 'copy' || work.base === 0) return;
    const mirror = def.devices.disk.find(({ target }) => target?.dev === work.target)?.mirror;
    const { index = 0 } = (mirror?.source ?? {}) as { index?: number };
    const overlay = formatNodeOf({ index });
    await live.monitor.execute('blockdev-snapshot', { node: formatNodeOf({ index: work.base }), overlay }, call);
  }

  return {
    domainBlockPull: (ref, path, bandwidth, flags, call) => rebase(ref, path, null, bandwidth, flags & BYTES, call),
    domainBlockRebase: rebase,

    domainBlockCommit: (ref, path, base, top, bandwidth, flags, call) =>
      job('domainBlockCommit', ref, call, (domain) =>
        commit(domain, path, base, top, speedOf(bandwidth, (flags & Commit.BANDWIDTH_BYTES) !== 0), flags, call),
      ),

    domainBlockCopy: (ref, path, xml, params: TypedParams, flags, call) =>
      job('domainBlockCopy', ref, call, (domain) => {
        validateParams(params, { bandwidth: 'ULLONG', granularity: 'UINT', 'buf-size': 'ULLONG' });
        const given = paramValues(params);
        void domain.running;
        const options = {
          speed: given.get('bandwidth') as bigint | undefined,
          granularity: given.get('granularity') as number | undefined,
          bufSize: given.get('buf-size') as bigint | undefined,
        };
        return copy(domain, path, parseTarget(xml), options, flags, call);
      }),

    domainBlockJobAbort: (ref, path, flags, call) =>
      job('domainBlockJobAbort', ref, call, (domain) => abort(domain, path, flags, call)),

    domainBlockJobSetSpeed: (ref, path, bandwidth, flags, call) =>
      job('domainBlockJobSetSpeed', ref, call, async (domain) => {
        const speed = speedOf(bandwidth, (flags & 1) !== 0);
        const { live, work } = jobOf(domain, path);
        await live.monitor.execute('block-job-set-speed', { device: jobName(work), speed }, call);
      }),

    domainGetBlockJobInfo: async (ref, path, flags, call) => {
      const domain = find(ref);
      const live = domain.running;
      const target = diskOf(domain, path).target?.dev ?? '';
      const work = live.blockJobs.get(target);
      if (work === undefined) return null;
      const jobs = await live.monitor.execute<QmpBlockJob[]>('query-block-jobs', undefined, call);
      const found = jobs.find(({ device }) => device === jobName(work));
      if (found === undefined)
        return live.blockJobs.has(target) ? { type: JOB_TYPES[work.kind], bandwidth: 0n, cur: 0n, end: 1n } : null;
      const speed = BigInt(found.speed);
      const bandwidth = (flags & 1) !== 0 ? speed : (speed + MIB - 1n) / MIB;
      let [cur, end] = [BigInt(found.offset), BigInt(found.len)];
      // Clients take equal figures for the end of the work: they are so only when it may be ended.
      if (found.ready) [cur, end] = end === 0n ? [1n, 1n] : [end, end];
      else if (cur === end) [cur, end] = end === 0n ? [0n, 1n] : [end - 1n, end];
      return { type: JOB_TYPES[work.kind], bandwidth, cur, end };
    },
  } satisfies BlockOps;
};
