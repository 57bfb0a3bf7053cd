import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HostReader } from '@virtkit/core/util';

/** A host made of files in a folder of its own. */
export class FakeHost {
  private readonly root = mkdtempSync(join(tmpdir(), 'fake-host-'));
  readonly reader = new HostReader((path) => join(this.root, path));

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    for (const [path, content] of Object.entries(files)) this.put(path, content);
  }

  put(path: string, content: string | Uint8Array): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}

const CPUS = '/sys/devices/system/cpu';
const NODES = '/sys/devices/system/node';

/** Files of a host with two sockets of two cores of two threads, a NUMA node per socket, processor 7 offline. */
export function numaHost(): Record<string, string> {
  const files: Record<string, string> = {
    [`${CPUS}/present`]: '0-7\n',
    [`${CPUS}/online`]: '0-6\n',
    '/proc/cpuinfo': [
      'processor\t: 0',
      'vendor_id\t: GenuineIntel',
      'cpu family\t: 6',
      'model\t\t: 42',
      'stepping\t: 7',
      'microcode\t: 0x1a',
      'cpu MHz\t\t: 2593.748',
      'flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx rdtscp lm nonstop_tsc pni pclmulqdq ssse3 cx16 sse4_1 sse4_2 x2apic popcnt tsc_deadline_timer aes xsave avx lahf_lm ibrs ibpb vmx',
      'address sizes\t: 46 bits physical, 48 bits virtual',
      '',
      'processor\t: 1',
      'cpu MHz\t\t: 1200.000',
    ].join('\n'),
    '/proc/meminfo': 'MemTotal: 3000 kB\nMemFree: 1000 kB\nBuffers: 30 kB\nCached: 40 kB\n',
    '/proc/stat': 'cpu  10 2 30 400 5 6 7 0 0 0\ncpu0 1 0 2 3 4 5 6 0 0 0\n',
    '/sys/power/state': 'freeze mem disk\n',
    '/sys/kernel/iommu_groups/0/type': 'DMA\n',
  };
  for (let cpu = 0; cpu < 7; cpu++) {
    const socket = cpu >> 2;
    const core = (cpu >> 1) & 1;
    const topology = `${CPUS}/cpu${cpu}/topology`;
    files[`${topology}/physical_package_id`] = `${socket}\n`;
    files[`${topology}/core_id`] = `${core}\n`;
    files[`${topology}/thread_siblings_list`] = cpu === 6 ? '6\n' : `${cpu & ~1}-${cpu | 1}\n`;
    const cache = `${CPUS}/cpu${cpu}/cache/index3`;
    Object.assign(files, {
      [`${cache}/id`]: `${socket}\n`,
      [`${cache}/level`]: '3\n',
      [`${cache}/type`]: 'Unified\n',
      [`${cache}/size`]: '15360K\n',
      [`${cache}/shared_cpu_list`]: socket === 0 ? '0-3\n' : '4-6\n',
      [`${CPUS}/cpu${cpu}/cache/index0/level`]: '1\n',
    });
  }
  for (const node of [0, 1]) {
    const huge = `${NODES}/node${node}/hugepages/hugepages-2048kB`;
    Object.assign(files, {
      [`${NODES}/node${node}/meminfo`]: `Node ${node} MemTotal: 102400 kB\nNode ${node} MemFree: ${51200 + node * 4} kB\n`,
      [`${NODES}/node${node}/cpulist`]: node === 0 ? '0-3\n' : '4-7\n',
      [`${NODES}/node${node}/distance`]: node === 0 ? '10 21\n' : '21 10\n',
      [`${huge}/nr_hugepages`]: `${node * 4}\n`,
      [`${huge}/free_hugepages`]: `${node * 3}\n`,
    });
  }
  return files;
}
