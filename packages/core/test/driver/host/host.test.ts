import { afterEach, describe, expect, it } from 'vitest';
import { nodeOperations, readHostCapabilities, readHostCpu } from '@virtkit/core/driver';
import { formatCapabilities, x86DataOf } from '@virtkit/core/conf';
import {
  cpuBitmap,
  type DeviceRead,
  ErrorCode,
  formatCpuList,
  HostReader,
  NodeAllocPagesFlags,
  parseCpuList,
  TypedParameterType,
} from '@virtkit/core/util';
import { x86Map } from '../../../src/conf/cpu/x86/x86-map.js';
import { FakeHost, numaHost } from './fake-host.js';

let host: FakeHost | undefined;
const start = (files: Record<string, string | Uint8Array> = numaHost()): FakeHost => (host = new FakeHost(files));
afterEach(() => {
  host?.remove();
  host = undefined;
});

const failing = (code: ErrorCode) => expect.objectContaining({ code });

describe('lists of processors', () => {
  it('are read and written as the kernel does', () => {
    expect(parseCpuList('0-2,8,10-11\n')).toEqual([0, 1, 2, 8, 10, 11]);
    expect(formatCpuList([0, 1, 2, 8, 10, 11])).toBe('0-2,8,10-11');
    expect(parseCpuList('')).toEqual([]);
    expect([...cpuBitmap([0, 8, 40], 9)]).toEqual([1, 1]);
  });
});

describe('a host with two NUMA nodes', () => {
  it('is told in capabilities', async () => {
    const caps = await readHostCapabilities(start().reader, { arch: 'x86_64' });
    expect(formatCapabilities({ host: caps, guest: [] })).toBe(`<capabilities>

  <host>
    <cpu>
      <arch>x86_64</arch>
      <model>SandyBridge-IBRS</model>
      <vendor>Intel</vendor>
      <microcode version='26'/>
      <signature family='6' model='42' stepping='7'/>
      <topology sockets='1' dies='1' cores='2' threads='2'/>
      <maxphysaddr mode='emulate' bits='46'/>
      <feature name='vme'/>
      <feature name='vmx'/>
      <feature name='osxsave'/>
      <feature name='invtsc'/>
      <pages unit='KiB' size='4'/>
      <pages unit='KiB' size='2048'/>
    </cpu>
    <power_management>
      <suspend_mem/>
      <suspend_disk/>
      <suspend_hybrid/>
    </power_management>
    <iommu support='yes'/>
    <topology>
      <cells num='2'>
        <cell id='0'>
          <memory unit='KiB'>102400</memory>
          <pages unit='KiB' size='4'>25600</pages>
          <pages unit='KiB' size='2048'>0</pages>
          <distances>
            <sibling id='0' value='10'/>
            <sibling id='1' value='21'/>
          </distances>
          <cpus num='4'>
            <cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0-1'/>
            <cpu id='1' socket_id='0' die_id='0' core_id='0' siblings='0-1'/>
            <cpu id='2' socket_id='0' die_id='0' core_id='1' siblings='2-3'/>
            <cpu id='3' socket_id='0' die_id='0' core_id='1' siblings='2-3'/>
          </cpus>
        </cell>
        <cell id='1'>
          <memory unit='KiB'>102400</memory>
          <pages unit='KiB' size='4'>23552</pages>
          <pages unit='KiB' size='2048'>4</pages>
          <distances>
            <sibling id='0' value='21'/>
            <sibling id='1' value='10'/>
          </distances>
          <cpus num='4'>
            <cpu id='4' socket_id='1' die_id='0' core_id='0' siblings='4-5'/>
            <cpu id='5' socket_id='1' die_id='0' core_id='0' siblings='4-5'/>
            <cpu id='6' socket_id='1' die_id='0' core_id='1' siblings='6'/>
            <cpu id='7'/>
          </cpus>
        </cell>
      </cells>
    </topology>
    <cache>
      <bank id='0' level='3' type='both' size='15' unit='MiB' cpus='0-3'/>
      <bank id='1' level='3' type='both' size='15' unit='MiB' cpus='4-6'/>
    </cache>
  </host>

</capabilities>
`);
  });

  it('counts its processors', async () => {
    const node = nodeOperations(start().reader, 'x86_64');
    expect(await node.nodeGetInfo()).toEqual({
      model: 'x86_64',
      memory: 204800n,
      cpus: 7,
      mhz: 2593,
      nodes: 2,
      sockets: 1,
      cores: 2,
      threads: 2,
    });
    expect(await node.nodeGetCPUMap(0)).toEqual({ ncpus: 8, cpumap: new Uint8Array([0x7f]), online: 7 });
  });

  it('tells times in nanoseconds', async () => {
    const node = nodeOperations(start().reader, 'x86_64');
    expect(await node.nodeGetCPUStats(-1, 0)).toEqual([
      { field: 'kernel', value: 430_000_000n },
      { field: 'user', value: 120_000_000n },
      { field: 'idle', value: 4_000_000_000n },
      { field: 'iowait', value: 50_000_000n },
    ]);
    expect((await node.nodeGetCPUStats(0, 0))[1]).toEqual({ field: 'user', value: 10_000_000n });
    await expect(node.nodeGetCPUStats(3, 0)).rejects.toThrowError(failing(ErrorCode.INVALID_ARG));
    await expect(node.nodeGetCPUStats(0, 1)).rejects.toThrowError(failing(ErrorCode.INVALID_ARG));
  });

  it('tells memory by cell and of the whole', async () => {
    const node = nodeOperations(start().reader, 'x86_64');
    const fields = async (cell: number) =>
      (await node.nodeGetMemoryStats(cell, 0)).map(({ field, value }) => `${field} ${value}`);
    expect(await fields(-1)).toEqual(['total 3000', 'free 1000', 'buffers 30', 'cached 40']);
    expect(await fields(1)).toEqual(['total 102400', 'free 51204']);
    await expect(fields(2)).rejects.toThrowError(failing(ErrorCode.INVALID_ARG));
    expect(await node.nodeGetFreeMemory()).toBe(102404n * 1024n);
    expect(await node.nodeGetCellsFreeMemory(1, 5)).toEqual([51204n * 1024n]);
    await expect(node.nodeGetCellsFreeMemory(2, 1)).rejects.toThrowError(failing(ErrorCode.INTERNAL_ERROR));
  });

  it('tells free pages by cell, then by size', async () => {
    const node = nodeOperations(start().reader, 'x86_64');
    expect(await node.nodeGetFreePages([2048, 4], 0, 2)).toEqual([0n, 12800n, 3n, 12801n]);
    await expect(node.nodeGetFreePages([8], 0, 1)).rejects.toThrowError(failing(ErrorCode.OPERATION_FAILED));
  });

  it('sets aside huge pages', async () => {
    const { reader } = start();
    const node = nodeOperations(reader, 'x86_64');
    const pool = '/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages';
    expect(await node.nodeAllocPages([2048], [2n], 1, 1, NodeAllocPagesFlags.ADD)).toBe(1);
    expect(await reader.number(pool)).toBe(6);
    expect(await node.nodeAllocPages([2048], [1n], 0, 2, NodeAllocPagesFlags.SET)).toBe(2);
    expect(await reader.number(pool)).toBe(1);
    await expect(node.nodeAllocPages([4], [1n], 0, 1, 0)).rejects.toThrowError(
      failing(ErrorCode.OPERATION_UNSUPPORTED),
    );
  });
});

describe('page sharing', () => {
  const ksm = { '/sys/kernel/mm/ksm/pages_to_scan': '100\n', '/sys/kernel/mm/ksm/pages_shared': '7\n' };

  it('is told as far as the kernel has it', async () => {
    expect(await nodeOperations(start(ksm).reader, 'x86_64').nodeGetMemoryParameters(0)).toEqual([
      { field: 'shm_pages_to_scan', type: TypedParameterType.UINT, value: 100 },
      { field: 'shm_pages_shared', type: TypedParameterType.ULLONG, value: 7n },
    ]);
  });

  it('is set, all or nothing', async () => {
    const { reader } = start(ksm);
    const node = nodeOperations(reader, 'x86_64');
    const scan = { field: 'shm_pages_to_scan', type: TypedParameterType.UINT, value: 200 };
    await node.nodeSetMemoryParameters([scan], 0);
    expect(await reader.number('/sys/kernel/mm/ksm/pages_to_scan')).toBe(200);
    const shared = { field: 'shm_pages_shared', type: TypedParameterType.UINT, value: 1 };
    await expect(node.nodeSetMemoryParameters([{ ...scan, value: 300 }, shared], 0)).rejects.toThrowError(
      failing(ErrorCode.ARGUMENT_UNSUPPORTED),
    );
    const sleep = { field: 'shm_sleep_millisecs', type: TypedParameterType.UINT, value: 1 };
    await expect(node.nodeSetMemoryParameters([sleep], 0)).rejects.toThrowError(
      failing(ErrorCode.OPERATION_UNSUPPORTED),
    );
    expect(await reader.number('/sys/kernel/mm/ksm/pages_to_scan')).toBe(200);
  });
});

describe('other hosts', () => {
  const one = { nodes: 1, sockets: 1, cores: 1, threads: 1 };

  it('may know of no NUMA nodes', async () => {
    const node = nodeOperations(
      start({ '/proc/meminfo': 'MemTotal: 3000 kB\nMemFree: 1000 kB\n', '/sys/devices/system/cpu/online': '0-2\n' })
        .reader,
      'riscv64',
    );
    expect(await node.nodeGetInfo()).toMatchObject({ memory: 3000n, nodes: 1, sockets: 1, threads: 1, mhz: 0 });
    expect(await node.nodeGetFreeMemory()).toBe(1000n * 1024n);
  });

  it('let CPUID be asked', async () => {
    const map = x86Map();
    const signature = { family: 6, model: 85, stepping: 10 };
    const features = map.model('Cooperlake').features.plus(map.setOf(['vmx', 'invtsc']));
    const told = x86DataOf({ features, vendor: 'Intel', signature });
    const largest = { ebx: 0, ecx: 0, edx: 0, ecx_in: 0 };
    const leaves = [
      ...told.cpuid.map((leaf) => (leaf.eax_in === 0 ? { ...leaf, eax: 0x1f } : leaf)),
      { ...largest, eax_in: 0x80000000, eax: 0x80000008 },
      { ...largest, eax_in: 0x15, eax: 2, ebx: 200, ecx: 25_000_000 },
    ];
    class Devices extends HostReader {
      override async device<T>(path: string, use: (read: DeviceRead) => Promise<T>): Promise<T> {
        return use(async (offset) => {
          const bytes = Buffer.alloc(16);
          const msr = told.msr.find(({ index }) => index === offset);
          if (path.endsWith('/msr')) {
            if (msr !== undefined) bytes.writeUInt32LE(msr.eax, 0);
            return bytes.subarray(0, 8);
          }
          const leaf = leaves.find(({ eax_in, ecx_in }) => offset === ecx_in * 2 ** 32 + eax_in);
          if (leaf !== undefined)
            [leaf.eax, leaf.ebx, leaf.ecx, leaf.edx].forEach((v, i) => bytes.writeUInt32LE(v, i * 4));
          return bytes;
        });
      }
      override async isDevice(path: string): Promise<boolean> {
        return path === '/dev/kvm';
      }
    }
    expect(await readHostCpu(new Devices((path) => `/nowhere${path}`), 'x86_64', one)).toEqual({
      arch: 'x86_64',
      model: { name: 'Cooperlake' },
      vendor: 'Intel',
      signature,
      counter: { name: 'tsc', frequency: 2_500_000_000n, scaling: false },
      topology: { sockets: 1, dies: 1, cores: 1, threads: 1 },
      feature: [{ name: 'vmx' }, { name: 'invtsc' }],
    });
  });

  it('may say nothing of their CPU', async () => {
    expect(await readHostCpu(start({}).reader, 'x86_64', one)).toMatchObject({ arch: 'x86_64', feature: [] });
  });

  it('are told by other registers', async () => {
    const arm = 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\nFeatures\t: fp asimd sve\n';
    expect(await readHostCpu(start({ '/proc/cpuinfo': arm }).reader, 'aarch64', one)).toMatchObject({
      model: { name: 'Neoverse-N1' },
      vendor: 'ARM',
      feature: [{ name: 'sve' }],
    });
    host?.remove();
    const power = 'processor\t: 0\ncpu\t\t: POWER8\nrevision\t: 2.0 (pvr 004d 0200)\n';
    expect(await readHostCpu(start({ '/proc/cpuinfo': power }).reader, 'ppc64le', one)).toMatchObject({
      model: { name: 'POWER8' },
      vendor: 'IBM',
    });
    host?.remove();
    expect(await readHostCpu(start({}).reader, 's390x', one)).toEqual({
      arch: 's390x',
      topology: { sockets: 1, dies: 1, cores: 1, threads: 1 },
      feature: [],
    });
  });
});
