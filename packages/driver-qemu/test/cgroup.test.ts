import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '@virtkit/core/util';
import {
  blkioWeight,
  Cgroup,
  cgroupMounts,
  type CgroupMounts,
  CONTROLLERS,
  cpuBandwidth,
  cpuShares,
  cpuUsage,
  memoryLimit,
  setCpuBandwidth,
  setCpuShares,
  setDeviceLimit,
  setMemoryLimit,
  usagePerCpu,
} from '../src/cgroup/index.js';
import { temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
const UNLIMITED = 9007199254740991n;

/** A group in folders that stand for the kernel's. */
function groupOf(version: 1 | 2, files: Record<string, string>): { group: Cgroup; read: (file: string) => string } {
  const root = mkdtempSync(join(dir, 'cgroup-'));
  mkdirSync(join(root, 'g'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'g', name), text);
  const mounts: CgroupMounts = new Map(CONTROLLERS.map((controller) => [controller, { version, path: root }]));
  return { group: new Cgroup(mounts, 'g'), read: (file) => readFileSync(join(root, 'g', file), 'utf8') };
}

describe('control groups', () => {
  it('are found where each controller is mounted, the old interface first', () => {
    const unified = mkdtempSync(join(dir, 'unified-'));
    writeFileSync(join(unified, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    const mounts = join(dir, 'mounts');
    writeFileSync(
      mounts,
      `cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup2 ${unified} cgroup2 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n`,
    );
    const found = cgroupMounts(mounts);
    expect(found.get('cpu')).toEqual({ version: 1, path: '/sys/fs/cgroup/cpu,cpuacct' });
    expect(found.get('cpuacct')).toEqual({ version: 1, path: '/sys/fs/cgroup/cpu,cpuacct' });
    expect(found.get('memory')).toEqual({ version: 2, path: unified });
    expect(found.get('blkio')).toEqual({ version: 2, path: unified });
    expect(cgroupMounts(join(dir, 'nothing')).size).toBe(0);
  });

  it('of version 1 are read and written', async () => {
    const { group, read } = groupOf(1, {
      'cpu.shares': '1024\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.cfs_quota_us': '-1\n',
      'memory.limit_in_bytes': '9223372036854771712\n',
      'memory.memsw.limit_in_bytes': '1048576\n',
      'blkio.bfq.weight': '100\n',
      'cpuacct.usage': '5000\n',
      'cpuacct.stat': 'user 3\nsystem 4\n',
      'cpuacct.usage_percpu': '10 20 \n',
    });
    expect(cpuShares(group)).toBe(1024n);
    expect(cpuBandwidth(group)).toEqual({ period: 100_000n, quota: -1n });
    await setCpuBandwidth(group, 20_000, undefined);
    await setCpuShares(group, 2048n);
    expect([read('cpu.cfs_period_us'), read('cpu.cfs_quota_us'), read('cpu.shares')]).toEqual([
      '20000',
      '-1\n',
      '2048',
    ]);
    // As much as the kernel can count, in whole pages, is no limit.
    expect(memoryLimit(group, 'hard_limit')).toBe(UNLIMITED);
    expect(memoryLimit(group, 'swap_hard_limit')).toBe(1024n);
    expect(memoryLimit(group, 'soft_limit')).toBeUndefined();
    await setMemoryLimit(group, 'hard_limit', 2048n);
    expect(read('memory.limit_in_bytes')).toBe('2097152');
    expect(blkioWeight(group)).toBe(100);
    expect(cpuUsage(group)).toEqual({ total: 5000n, user: 30_000_000n, system: 40_000_000n });
    expect(usagePerCpu(group)).toEqual([10n, 20n]);
    await expect(setDeviceLimit(group, 'weight', '8:0', 500)).rejects.toMatchObject({
      code: ErrorCode.OPERATION_INVALID,
    });
  });

  it('of version 2 mean the same in other words', async () => {
    const { group, read } = groupOf(2, {
      'cpu.weight': '100\n',
      'cpu.max': 'max 100000\n',
      'memory.max': '2097152\n',
      'memory.high': 'max\n',
      'memory.swap.max': '1048576\n',
      'io.bfq.weight': 'default 100\n8:0 200\n',
      'cpu.stat': 'usage_usec 7\nuser_usec 3\nsystem_usec 4\n',
    });
    expect(cpuShares(group)).toBe(100n);
    expect(cpuBandwidth(group)).toEqual({ period: 100_000n, quota: -1n });
    await setCpuBandwidth(group, undefined, 50_000n);
    expect(read('cpu.max')).toBe('50000 100000');
    await expect(setCpuShares(group, 20_000)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
    expect(memoryLimit(group, 'soft_limit')).toBe(UNLIMITED);
    // The kernel counts swap alone, libvirt both together.
    expect(memoryLimit(group, 'swap_hard_limit')).toBe(3072n);
    await setMemoryLimit(group, 'swap_hard_limit', 4096n);
    expect(read('memory.swap.max')).toBe(String(2048 * 1024));
    expect(blkioWeight(group)).toBe(100);
    await setDeviceLimit(group, 'read_iops_sec', '8:0', 500);
    expect(read('io.max')).toBe('8:0 riops=500');
    expect(cpuUsage(group)).toEqual({ total: 7000n, user: 3000n, system: 4000n });
    expect(() => usagePerCpu(group)).toThrow(/version 2/);
  });

  it('that are not mounted are named in libvirt’s words', () => {
    const none = new Cgroup(new Map(), 'g');
    expect(() => cpuShares(none)).toThrow('cgroup CPU controller is not mounted');
    expect(() => memoryLimit(none, 'hard_limit')).toThrow('cgroup memory controller is not mounted');
  });
});
