import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readXml } from '@virtkit/core/conf';
import { DomainJobOperation, DomainJobType, ErrorCode, typedParam } from '@virtkit/core/util';
import { afterAll, describe, expect, it } from 'vitest';
import { readQemuConf } from '../src/host/qemu-conf.js';
import { formatJob, parseJob } from '../src/jobs/job-record.js';
import { jobInfo, jobParams, type JobStats } from '../src/jobs/job-stats.js';

const stats: JobStats = {
  operation: DomainJobOperation.SAVE,
  type: DomainJobType.COMPLETED,
  elapsed: 126.4,
  migration: {
    status: 'completed',
    downtime: 114,
    'setup-time': 1,
    ram: {
      ...{ total: 17309696, transferred: 533621, remaining: 0, mbps: 985.7, duplicate: 4105, normal: 121 },
      ...{
        'normal-bytes': 495616,
        'dirty-pages-rate': 0,
        'dirty-sync-count': 2,
        'postcopy-requests': 0,
        'page-size': 4096,
      },
    },
  },
};

describe('what is told of a job', () => {
  it('has the names and types of libvirt', () => {
    expect(jobParams(stats).map(({ field }) => field)).toEqual([
      ...['operation', 'time_elapsed', 'downtime', 'setup_time', 'data_total', 'data_processed', 'data_remaining'],
      ...['memory_total', 'memory_processed', 'memory_remaining', 'memory_bps', 'memory_constant', 'memory_normal'],
      ...[
        'memory_normal_bytes',
        'memory_dirty_rate',
        'memory_iteration',
        'memory_postcopy_requests',
        'memory_page_size',
      ],
    ]);
    expect(typedParam(jobParams(stats), 'memory_bps')).toBe(123212500n);
    expect(typedParam(jobParams(stats), 'time_elapsed')).toBe(126n);
    expect(jobInfo(stats)).toMatchObject({ type: 3, timeElapsed: 126n, dataTotal: 17309696n, memProcessed: 533621n });
  });

  it('adds the disks to the memory, and is nothing of no job', () => {
    const disk = { total: 1000, transferred: 400, remaining: 600 };
    const both = { ...stats, migration: { ...stats.migration, disk } };
    expect(jobInfo(both)).toMatchObject({ dataTotal: 17310696n, fileTotal: 1000n, fileRemaining: 600n });
    expect(typedParam(jobParams(both), 'disk_processed')).toBe(400n);
    expect(jobInfo(undefined)).toMatchObject({ type: DomainJobType.NONE, dataTotal: 0n });
  });

  it('of a dump of memory alone is what QEMU has written', () => {
    const dump = { ...stats, migration: undefined, dump: { completed: 10, total: 30 } };
    expect(jobInfo(dump)).toMatchObject({ dataTotal: 30n, dataProcessed: 10n, dataRemaining: 20n });
  });
});

describe('the record of a job', () => {
  it.each([
    { operation: DomainJobOperation.SAVE, resume: true, finished: true, file: `/a/b 'c' & d` },
    { operation: DomainJobOperation.DUMP, resume: false, finished: false, file: undefined },
  ])('is read as it was written', (record) => {
    expect(parseJob(readXml(formatJob(record)))).toEqual(record);
    expect(parseJob(undefined)).toBeUndefined();
  });
});

describe('qemu.conf', () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtkit-conf-'));
  const path = join(folder, 'qemu.conf');
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (text: string) => {
    writeFileSync(path, text);
    return readQemuConf(path);
  };

  it('says how guests are written to files, among much that is for libvirt', async () => {
    const none = await readQemuConf(`${path}.none`);
    expect(none).toEqual({ saveImageFormat: 'raw', dumpImageFormat: 'raw' });
    expect(await read(`user = "root"\n#save_image_format = "xz"\ncgroup_device_acl = [\n "/dev/null"\n]\n`)).toEqual(
      none,
    );
    expect(await read(`  save_image_format = "gzip" # small\ndump_image_format='zstd'\n`)).toEqual({
      saveImageFormat: 'gzip',
      dumpImageFormat: 'zstd',
    });
  });

  it('is refused by line', async () => {
    await expect(read(`\nsave_image_format = [ "x" ]`)).rejects.toMatchObject({
      code: ErrorCode.CONFIG_UNSUPPORTED,
      detail: expect.stringContaining('qemu.conf:2'),
    });
  });
});
