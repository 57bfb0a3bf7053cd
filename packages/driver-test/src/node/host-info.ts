import type { NodeInfo } from '@virtkit/core/driver';

/** What the pretended host says of itself: one `<cpu>` and `<memory>` of a node file. */
export const DEFAULT_NODE: NodeInfo = {
  model: 'i686',
  /** KiB */
  memory: 3_145_728n,
  cpus: 16,
  mhz: 1400,
  nodes: 2,
  sockets: 2,
  cores: 2,
  threads: 2,
};

interface Cell {
  readonly id: number;
  /** KiB */
  readonly memory: bigint;
  readonly pages: readonly { readonly size: number; readonly count: bigint }[];
  readonly cpus: readonly number[];
}

const cpus = (first: number): number[] => Array.from({ length: 8 }, (_, i) => first + i);

/** NUMA cells: page sizes differ between them, so that clients meet such hosts. */
export const CELLS: readonly Cell[] = [
  {
    id: 0,
    memory: 2_097_152n,
    pages: [
      { size: 4, count: 524_288n },
      { size: 2048, count: 0n },
      { size: 1_048_576, count: 0n },
    ],
    cpus: cpus(0),
  },
  {
    id: 1,
    memory: 4_194_304n,
    pages: [
      { size: 8, count: 524_288n },
      { size: 2048, count: 0n },
      { size: 1_048_576, count: 0n },
    ],
    cpus: cpus(8),
  },
];

/** CPUs that affinities are given for. */
export const HOST_CPUS = 16;

export const MAX_VCPUS = 32;

/** virConnectGetSysinfo */
export const SYSINFO = `<sysinfo type='smbios'>
  <bios>
    <entry name='vendor'>LENOVO</entry>
    <entry name='version'>G4ETA1WW (2.61 )</entry>
    <entry name='date'>05/07/2014</entry>
    <entry name='release'>2.61</entry>
  </bios>
</sysinfo>
`;
