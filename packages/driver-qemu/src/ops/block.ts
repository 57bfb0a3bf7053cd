import { stat } from 'node:fs/promises';
import { diskByName, type DiskDef, type DomainDef, imagePath } from '@virtkit/core/conf';
import type { BlockOps, CallContext, DomainRef, TuningOps } from '@virtkit/core/driver';
import {
  DomainBlockResizeFlags,
  DomainDiskErrorCode,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  TypedParamsBuilder,
} from '@virtkit/core/util';
import { formatNodeOf } from '../block-jobs/index.js';
import { internalError, invalidArg, operationFailed, operationUnsupported } from '../errors.js';
import { imageCapacity } from '../stats/image-capacity.js';
import { lookUpVolumes } from '../domain/volumes.js';
import type { QemuHost } from '../host/qemu-host.js';
import { statsOfDisk } from '../stats/block-stats.js';
import { networkFigures } from '../stats/network-stats.js';
import type { BlockNode, BlockStats } from '../stats/replies.js';
import { jobsOf } from './job.js';

/** libvirt's names for QEMU's counters. */
const COUNTERS = [
  ['rd_operations', 'rd_operations'],
  ['rd_bytes', 'rd_bytes'],
  ['rd_total_times', 'rd_total_time_ns'],
  ['wr_operations', 'wr_operations'],
  ['wr_bytes', 'wr_bytes'],
  ['wr_total_times', 'wr_total_time_ns'],
  ['flush_operations', 'flush_operations'],
  ['flush_total_times', 'flush_total_time_ns'],
] as const;

/** A disk by its target (`vda`) or by the path of its source. */
function diskOf(def: DomainDef, path: string): DiskDef {
  const found = diskByName(def, path);
  if (found === undefined) throw invalidArg(`invalid path ${path} not assigned to domain '${def.name}'`);
  return found;
}

const formatNode = (disk: DiskDef) => {
  const index = 'source' in disk ? disk.source?.index : undefined;
  return index === undefined ? undefined : formatNodeOf({ index });
};

/** libvirt's own error for a disk elsewhere, by which virsh knows that there is no more to be told. */
function noLocalSource(disk: DiskDef, path: string): LibvirtError {
  if (disk.type !== 'network' || disk.source === undefined)
    return invalidArg(`disk '${path}' does not currently have a source assigned`);
  const detail = `missing storage backend for network files using ${disk.source.protocol} protocol: the size of disk '${path}' is not known here`;
  return new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.STORAGE, detail);
}

/** The file or device of a disk that is a storage volume. */
async function volumePath(host: QemuHost, disk: DiskDef): Promise<string | undefined> {
  const source = (await lookUpVolumes([disk], host.storage))(disk);
  return source?.type === 'file' ? source.source?.file : source?.type === 'block' ? source.source?.dev : undefined;
}

/** Disks and interfaces of guests: their figures and sizes. */
export const blockOps = (host: QemuHost) => {
  const { find, liveJob } = jobsOf(host);

  async function counters(ref: DomainRef, path: string, call: CallContext) {
    const domain = find(ref);
    const { monitor } = domain.running;
    const blocks = await monitor.execute<BlockStats[]>('query-blockstats', undefined, call);
    const disks = path === '' ? domain.def.devices.disk : [diskOf(domain.def, path)];
    const found = disks.map((disk) => statsOfDisk(disk, blocks)).filter((stats) => stats !== undefined);
    if (found.length === 0) throw internalError(`cannot find statistics for device '${path}'`);
    return (field: string) => found.reduce((sum, { stats }) => sum + BigInt(stats[field] ?? 0), 0n);
  }

  return {
    domainBlockStats: async (ref, path, call) => {
      const sum = await counters(ref, path, call);
      return {
        rdReq: sum('rd_operations'),
        rdBytes: sum('rd_bytes'),
        wrReq: sum('wr_operations'),
        wrBytes: sum('wr_bytes'),
        errs: -1n,
      };
    },

    domainBlockStatsFlags: async (ref, path, _flags, call) => {
      const sum = await counters(ref, path, call);
      const params = new TypedParamsBuilder();
      for (const [ours, theirs] of COUNTERS) params.llong(ours, sum(theirs));
      return params.params;
    },

    domainGetBlockInfo: async (ref, path, _flags, call) => {
      const domain = find(ref);
      const disk = diskOf(domain.active ? domain.def : domain.persistentDef, path);
      const source = imagePath(disk) ?? (await volumePath(host, disk));
      if (source === undefined) throw noLocalSource(disk, path);
      const { size, blocks } = await stat(source).catch((error: unknown) => {
        throw operationFailed(`cannot stat file '${source}': ${(error as Error).message}`, error);
      });
      const file = { allocation: BigInt(blocks) * 512n, physical: BigInt(size) };
      if (domain.live === undefined)
        return { capacity: BigInt(imageCapacity(source, disk.driver?.type) ?? size), ...file };
      const { monitor } = domain.live;
      const [nodes, stats] = await Promise.all([
        monitor.execute<BlockNode[]>('query-named-block-nodes', { flat: true }, call),
        monitor.execute<BlockStats[]>('query-blockstats', undefined, call),
      ]);
      const node = nodes.find((candidate) => candidate['node-name'] === formatNode(disk));
      const written = statsOfDisk(disk, stats)?.stats['wr_highest_offset'];
      return {
        capacity: BigInt(node?.image['virtual-size'] ?? size),
        allocation: disk.driver?.type === 'raw' || written === undefined ? file.allocation : BigInt(written),
        physical: file.physical,
      };
    },

    domainBlockResize: (ref, path, size, flags, call) =>
      liveJob('domainBlockResize', ref, call, async ({ monitor }, { def }) => {
        const disk = diskOf(def, path);
        if (disk.source === undefined || disk.readonly === true)
          throw operationUnsupported(`can't resize empty or readonly disk '${disk.target?.dev ?? path}'`);
        const node = formatNode(disk);
        if (node === undefined) throw invalidArg(`disk '${path}' does not currently have a source assigned`);
        const bytes = (flags & DomainBlockResizeFlags.BYTES) !== 0;
        await monitor.execute('block_resize', { 'node-name': node, size: bytes ? size : size * 1024n }, call);
      }),

    domainGetDiskErrors: async (ref, _flags, call) => {
      const domain = find(ref);
      const devices = await domain.running.monitor.execute<{ qdev?: string; 'io-status'?: string }[]>(
        'query-block',
        undefined,
        call,
      );
      return domain.def.devices.disk.flatMap((disk) => {
        const alias = disk.alias?.name;
        const found = devices.find(({ qdev }) => alias !== undefined && qdev?.split('/').includes(alias));
        if (found?.['io-status'] === undefined || found['io-status'] === 'ok') return [];
        const error = found['io-status'] === 'nospace' ? DomainDiskErrorCode.NO_SPACE : DomainDiskErrorCode.UNSPEC;
        return [{ disk: disk.target?.dev ?? '', error }];
      });
    },

    domainInterfaceStats: (ref, device) => {
      const domain = find(ref);
      void domain.running;
      const net = domain.def.devices.interface.find(
        ({ target, mac }) => target?.dev === device || mac?.address === device,
      );
      if (net !== undefined && net.target?.dev === undefined) throw internalError('Interface name not provided');
      const name = net?.target?.dev;
      const figures = name === undefined ? undefined : networkFigures().get(name);
      if (figures === undefined) throw invalidArg(`'${device}' is not a known interface`);
      return figures;
    },
  } satisfies BlockOps & TuningOps;
};
