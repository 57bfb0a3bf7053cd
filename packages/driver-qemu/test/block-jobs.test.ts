import { describe, expect, it } from 'vitest';
import type { DiskDef, DomainDef } from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';
import { findLevel, jobName, levelsOf, parseJobName, withLevels } from '../src/block-jobs/index.js';
import {
  entriesOfConfig,
  bootVcpus,
  pluggedVcpus,
  withMaxVcpus,
  withVcpuCount,
  withVcpusSet,
} from '../src/vcpu/config-vcpus.js';

const disk = {
  type: 'file',
  device: 'disk',
  driver: { name: 'qemu', type: 'qcow2' },
  source: { file: '/i/top.qcow2', index: 5 },
  backingStore: {
    type: 'file',
    index: 3,
    format: { type: 'qcow2' },
    source: { file: '/i/middle.qcow2' },
    backingStore: {
      type: 'file',
      index: 2,
      format: { type: 'raw' },
      source: { file: '/i/base.raw' },
      backingStore: { type: 'none' },
    },
  },
  target: { dev: 'vda', bus: 'virtio' },
} as DiskDef;

describe('the images of a disk', () => {
  const levels = levelsOf(disk);

  it('are the same when they are taken apart and put together', () => {
    expect(levels.map(({ index }) => index)).toEqual([5, 3, 2]);
    expect(withLevels(disk, levels)).toEqual(disk);
    expect(withLevels(disk, levels.slice(1))).toMatchObject({
      source: { file: '/i/middle.qcow2', index: 3 },
      backingStore: { index: 2, backingStore: { type: 'none' } },
    });
  });

  it('are found by number, path and relative name', () => {
    expect(findLevel(disk, levels, 'vda[3]').index).toBe(3);
    expect(findLevel(disk, levels, '/i/base.raw').index).toBe(2);
    expect(findLevel(disk, levels, 'base.raw', levels[0]).index).toBe(2);
    for (const [name, beneath] of [
      ['vda[9]', undefined],
      ['/i/nothing', undefined],
      ['/i/top.qcow2', levels[0]],
    ] as const)
      expect(() => findLevel(disk, levels, name, beneath)).toThrowError(
        expect.objectContaining({ code: ErrorCode.INVALID_ARG }),
      );
  });

  it('tell a later host of their jobs by name', () => {
    for (const kind of ['pull', 'commit', 'active-commit', 'copy'] as const) {
      const parts = { kind, target: 'vda', top: 5, base: kind === 'pull' ? 0 : 3, deletes: kind === 'commit' };
      expect(parseJobName(jobName(parts))).toEqual(parts);
      // QEMU takes letters, digits and these signs.
      expect(jobName(parts)).toMatch(/^[a-z][\w.-]*$/);
    }
    expect(parseJobName('virtkit-snapshot-save-1-2')).toBeUndefined();
  });
});

describe('the vCPUs of a definition', () => {
  const def = {
    vcpu: { placement: 'static', value: 6, current: 3 },
    cputune: { vcpupin: [{ vcpu: 5, cpuset: '0' }] },
  } as unknown as DomainDef;

  it('are told one by one once one of them is', () => {
    const changed = withVcpusSet(def, new Set([3]), true);
    expect(changed.vcpu.current).toBe(4);
    expect(changed.vcpus?.vcpu).toEqual([
      { id: 0, enabled: true, hotpluggable: false },
      { id: 1, enabled: true, hotpluggable: false },
      { id: 2, enabled: true, hotpluggable: false },
      { id: 3, enabled: true, hotpluggable: true },
      { id: 4, enabled: false },
      { id: 5, enabled: false },
    ]);
    expect([bootVcpus(changed), pluggedVcpus(changed)]).toEqual([3, [3]]);
    expect(entriesOfConfig(withVcpuCount(changed, 2, false)).filter(({ enabled }) => enabled)).toHaveLength(2);
  });

  it('are counted as long as none is special', () => {
    expect(withVcpuCount(def, 6, false)).toMatchObject({ vcpu: { value: 6 } });
    expect(withVcpuCount(def, 6, false).vcpu.current).toBeUndefined();
    expect(withVcpuCount(def, 6, false).vcpus).toBeUndefined();
    expect(withVcpuCount(def, 4, true).vcpus?.vcpu[3]).toEqual({ id: 3, enabled: true, hotpluggable: true });
    expect(withMaxVcpus(def, 2)).toMatchObject({ vcpu: { value: 2 }, cputune: {} });
    expect(withMaxVcpus(def, 2).cputune?.vcpupin).toBeUndefined();
  });
});
