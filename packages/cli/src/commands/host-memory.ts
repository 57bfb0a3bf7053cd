import { childOf, childrenOf, readXml } from '@virtkit/core/conf';
import { commands } from '../command.js';
import { facts, said, textOf } from '../output/output.js';
import { parseSize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';

const host = commands('Host and hypervisor');

export const HOST_MEMORY = [
  host('nodememstats', "Show the host's memory", { options: { '--cell <number>': 'one NUMA cell' } }, async (call) => {
    const stats = await call.attempt(
      'get memory statistics',
      (await call.connect()).nodeGetMemoryStats(call.integer('cell') ?? -1),
    );
    return facts(
      stats.map(({ field, value }) => [field, field, value, `${String(value).padStart(20)} KiB`] as const),
      8,
    );
  }),
  host(
    'node-memory-tune',
    "Show or change the host's memory merging",
    {
      options: {
        '--shm-pages-to-scan <number>': 'pages to scan before a pause',
        '--shm-sleep-millisecs <number>': 'length of the pause',
        '--shm-merge-across-nodes <number>': '1 merges pages of different NUMA cells',
      },
    },
    async (call) => {
      const connect = await call.connect();
      const params = await connect.nodeGetMemoryParameters();
      const changed = params.flatMap((param) => {
        const value = call.integer(param.field.replaceAll('_', '-'));
        return value === undefined ? [] : [{ ...param, value } as (typeof params)[number]];
      });
      if (changed.length > 0) {
        await call.attempt('change memory parameters', connect.nodeSetMemoryParameters(changed));
        return said('', Object.fromEntries(changed.map(({ field, value }) => [field, value])));
      }
      return {
        json: Object.fromEntries(params.map(({ field, value }) => [field, value])),
        text: () =>
          `Shared memory:\n${params.map(({ field, value }) => `\t${field.padEnd(15)} ${textOf(value)}\n`).join('')}`,
      };
    },
  ),
  host(
    'freecell',
    "Show the host's free memory",
    { options: { '--cellno <number>': 'of one NUMA cell', '--all': 'of each NUMA cell' } },
    async (call) => {
      const connect = await call.connect();
      const kib = (bytes: bigint): bigint => bytes / 1024n;
      const cell = call.integer('cellno');
      if (call.has('all')) {
        const { nodes } = await connect.nodeGetInfo();
        const cells = await connect.nodeGetCellsFreeMemory(0, nodes);
        const total = cells.reduce((sum, bytes) => sum + bytes, 0n);
        return {
          json: { cells: cells.map(kib), total: kib(total) },
          text: () =>
            `${cells.map((bytes, i) => `${`${i}:`.padStart(5)} ${String(kib(bytes)).padStart(10)} KiB\n`).join('')}--------------------\nTotal: ${kib(total)} KiB\n`,
        };
      }
      if (cell !== undefined) {
        const [bytes = 0n] = await connect.nodeGetCellsFreeMemory(cell, 1);
        return { json: { cell, free: kib(bytes) }, text: () => `${cell}: ${kib(bytes)} KiB\n` };
      }
      const bytes = await connect.nodeGetFreeMemory();
      return { json: { total: kib(bytes) }, text: () => `Total: ${kib(bytes)} KiB\n` };
    },
  ),
  host(
    'freepages',
    "Show the host's free pages",
    {
      options: {
        '--cellno <number>': 'of one NUMA cell',
        '--pagesize <size>': 'of this size',
        '--all': 'of all cells and sizes',
      },
    },
    async (call) => {
      const connect = await call.connect();
      const caps = readXml(await connect.getCapabilities());
      const top = childOf(caps, 'host');
      const sizes =
        call.option('pagesize') !== undefined
          ? [Number(parseSize(call.option('pagesize')!, '--pagesize', 1024n) / 1024n)]
          : childrenOf(childOf(top!, 'cpu') ?? top!, 'pages').map((node) => Number(node.attrs['size']));
      const { nodes } = await connect.nodeGetInfo();
      const cell = call.integer('cellno');
      if (cell === undefined && !call.has('all')) throw new UsageError('give --cellno or --all');
      const [start, count] = cell === undefined ? [0, nodes] : [cell, 1];
      const free = await connect.nodeGetFreePages(sizes, start, count);
      const rows = Array.from({ length: count }, (_, i) => ({
        cell: start + i,
        pages: sizes.map((size, j) => ({ size, free: free[i * sizes.length + j] ?? 0n })),
      }));
      return {
        json: rows,
        text: () =>
          rows
            .map(
              ({ cell: node, pages }) =>
                `Node ${node}:\n${pages.map(({ size, free: count_ }) => `${size}KiB: ${count_}\n`).join('')}`,
            )
            .join('\n'),
      };
    },
  ),
  host(
    'allocpages',
    "Change how many huge pages the host's pools have",
    {
      args: '<pagesize> <pagecount>',
      options: { '--cellno <number>': 'one NUMA cell', '--add': [1, 'so many more'], '--all': 'all cells' },
    },
    async (call) => {
      const connect = await call.connect();
      const cell = call.integer('cellno');
      const { nodes } = await connect.nodeGetInfo();
      const size = Number(parseSize(call.arg('pagesize'), '<pagesize>', 1024n) / 1024n);
      const done = await connect.nodeAllocPages(
        [size],
        [BigInt(call.integerArg('pagecount'))],
        cell ?? (call.has('all') ? 0 : -1),
        call.has('all') ? nodes : 1,
        call.flags,
      );
      return said('', { changed: done });
    },
  ),
];
