import { childOf, childrenOf, readXml } from '@virtkit/core/conf';
import { CPUCompareResult, LibvirtError, ErrorCode, NodeSuspendTarget } from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type OptionTable } from '../command.js';
import { cpuLetters } from '../output/cpu-map.js';
import { facts, lines, plain, said, textOf } from '../output/output.js';
import { parseSize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';
import { VERSION } from '../version.js';

const host = commands('Host and hypervisor');

/** 9000000 is 9.0.0 */
function versionText(version: bigint): string {
  return `${version / 1_000_000n}.${(version / 1000n) % 1000n}.${version % 1000n}`;
}

/** The `<cpu>` elements of a file: alone, or in capabilities, domain and domain capabilities documents. */
function cpusOf(xml: string): string[] {
  const whole = /<cpu[\s>/]/.test(xml) ? xml : '';
  const found = [...whole.matchAll(/<cpu(?:\s[^>]*)?(?:\/>|>[\s\S]*?<\/cpu>)/g)].map(([text]) => text);
  if (found.length === 0) throw new UsageError('No host CPU specified: the file has no <cpu> element');
  return found;
}

const EMULATOR: OptionTable = {
  '--virttype <type>': 'kvm, qemu, …',
  '--emulator <path>': 'emulator binary',
  '--arch <arch>': 'architecture',
  '--machine <machine>': 'machine type',
};
const emulator = (call: Call) =>
  [
    call.option('emulator') ?? null,
    call.option('arch') ?? null,
    call.option('machine') ?? null,
    call.option('virttype') ?? null,
  ] as const;

const COMPARED: Readonly<Record<number, string>> = {
  [CPUCompareResult.INCOMPATIBLE]: 'is incompatible with host CPU',
  [CPUCompareResult.IDENTICAL]: 'is identical to host CPU',
  [CPUCompareResult.SUPERSET]: 'is a superset of CPU described in',
};

function compared(result: number, file: string, hypervisor: boolean) {
  const text =
    result === CPUCompareResult.SUPERSET
      ? hypervisor
        ? `The CPU provided by hypervisor on the host is a superset of CPU described in ${file}`
        : `Host CPU is a superset of CPU described in ${file}`
      : `CPU described in ${file} ${hypervisor ? (COMPARED[result] ?? '').replace('host CPU', 'the CPU provided by hypervisor on the host') : COMPARED[result]}`;
  return {
    json: {
      result: Object.entries(CPUCompareResult)
        .find(([, value]) => value === result)?.[0]
        ?.toLowerCase(),
    },
    text: () => `${text}\n`,
  };
}

export const HOST = [
  host('capabilities', "Print the host's capabilities", {}, async (call) =>
    plain(await (await call.connect()).getCapabilities(), 'xml'),
  ),
  host('domcapabilities', 'Print what domains can have', { options: EMULATOR }, async (call) =>
    plain(await (await call.connect()).getDomainCapabilities(...emulator(call)), 'xml'),
  ),
  host('hostname', "Print the hypervisor's host name", {}, async (call) =>
    lines([await (await call.connect()).getHostname()]),
  ),
  host('uri', 'Print the connection URI', {}, async (call) => lines([(await call.connect()).getURI()])),
  host('sysinfo', "Print the hypervisor's system information", {}, async (call) =>
    plain(await (await call.connect()).getSysinfo(), 'xml'),
  ),
  host(
    'version',
    'Show versions of this program, the API and the hypervisor',
    { options: { '--daemon': 'and of the daemon' } },
    async (call) => {
      const connect = await call.connect();
      const type = await connect.getType();
      const api = versionText(await connect.getLibVersion());
      const version = await connect.getVersion().catch(() => undefined);
      const hypervisor = version === undefined ? null : versionText(version);
      return {
        json: { virtkit: VERSION, api: { type, version: api }, hypervisor: { type, version: hypervisor } },
        text: () =>
          `Using library: virtkit ${VERSION}\nUsing API: ${type} ${api}\n${hypervisor === null ? `Cannot extract running ${type} hypervisor version` : `Running hypervisor: ${type} ${hypervisor}`}\n${call.has('daemon') ? `Running against daemon: ${api}\n` : ''}`,
      };
    },
  ),
  host('nodeinfo', 'Show the basic facts of the host', {}, async (call) => {
    const info = await call.attempt('get node information', (await call.connect()).nodeGetInfo());
    return facts(
      [
        ['CPU model', 'model', info.model],
        ['CPU(s)', 'cpus', info.cpus],
        ...(info.mhz === 0 ? [] : ([['CPU frequency', 'mhz', info.mhz, `${info.mhz} MHz`]] as const)),
        ['CPU socket(s)', 'sockets', info.sockets],
        ['Core(s) per socket', 'cores', info.cores],
        ['Thread(s) per core', 'threads', info.threads],
        ['NUMA cell(s)', 'nodes', info.nodes],
        ['Memory size', 'memory', info.memory, `${info.memory} KiB`],
      ],
      21,
    );
  }),
  host(
    'nodecpumap',
    "Show which of the host's CPUs are online",
    { options: { '--pretty': 'numbers in place of letters' } },
    async (call) => {
      const { ncpus, cpumap, online } = await (await call.connect()).nodeGetCPUMap();
      return facts([
        ['CPUs present', 'present', ncpus],
        ['CPUs online', 'online', online],
        ['CPU map', 'map', cpuLetters(cpumap, ncpus)],
      ]);
    },
  ),
  host(
    'nodecpustats',
    "Show what the host's CPUs did",
    { options: { '--cpu <number>': 'one CPU', '--percent': 'the last second, in percent' } },
    async (call) => {
      const connect = await call.connect();
      const cpu = call.integer('cpu') ?? -1;
      const ask = async () => new Map((await connect.nodeGetCPUStats(cpu)).map(({ field, value }) => [field, value]));
      const first = await ask();
      if (!call.has('percent')) {
        const entries = [...first].map(
          ([field, value]) =>
            [field === 'kernel' ? 'system' : field, field, value, String(value).padStart(20)] as const,
        );
        return facts(entries, 16);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const second = await ask();
      const used = [...second].map(([field, value]) => [field, Number(value - (first.get(field) ?? 0n))] as const);
      const total = used.filter(([field]) => field !== 'utilization').reduce((sum, [, value]) => sum + value, 0) || 1;
      const idle = used.find(([field]) => field === 'idle')?.[1] ?? 0;
      const rows = [['usage', total - idle] as const, ...used].map(
        ([field, value]) => [field, (value * 100) / total] as const,
      );
      return facts(
        rows.map(([field, value]) => [field, field, value, `${value.toFixed(1)}%`.padStart(10)] as const),
        15,
      );
    },
  ),
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
  host('maxvcpus', 'Show how many virtual processors a domain can have', { args: '[type]' }, async (call) =>
    lines([await (await call.connect()).getMaxVcpus(call.optionalArg('type') ?? null)]),
  ),
  host('cpu-models', 'List the CPU models of an architecture', { args: '<arch>' }, async (call) => {
    const models = await (await call.connect()).getCPUModelNames(call.arg('arch'));
    return lines(models);
  }),
  host(
    'cpu-compare',
    "Compare a CPU with the host's",
    {
      args: '<file>',
      options: {
        '--error': [1, 'fail if it is incompatible, saying why'],
        '--validate': [2, 'validate the XML against the schema'],
      },
    },
    async (call) => {
      const [cpu = ''] = cpusOf(await call.textArg('file'));
      const result = await call.attempt(
        `compare host CPU with ${call.arg('file')}`,
        (await call.connect()).compareCPU(cpu, call.flags),
      );
      return compared(result, call.arg('file'), false);
    },
  ),
  host(
    'cpu-baseline',
    'Compute the CPU that all given hosts have',
    {
      args: '<file>',
      options: {
        '--features': [1, 'list all features'],
        '--migratable': [2, 'leave out features that block migration'],
      },
    },
    async (call) => {
      const cpus = cpusOf(await call.textArg('file'));
      return plain(await (await call.connect()).baselineCPU(cpus, call.flags), 'xml');
    },
  ),
  host(
    'hypervisor-cpu-compare',
    'Compare a CPU with what the hypervisor offers',
    {
      args: '<file>',
      options: {
        ...EMULATOR,
        '--error': [1, 'fail if it is incompatible, saying why'],
        '--validate': [2, 'validate the XML against the schema'],
      },
    },
    async (call) => {
      const [cpu = ''] = cpusOf(await call.textArg('file'));
      const result = await (await call.connect()).compareHypervisorCPU(...emulator(call), cpu, call.flags);
      return compared(result, call.arg('file'), true);
    },
  ),
  host(
    'hypervisor-cpu-baseline',
    'Compute the CPU that the hypervisor can give on all given hosts',
    {
      args: '<file>',
      options: {
        ...EMULATOR,
        '--features': [1, 'list all features'],
        '--migratable': [2, 'leave out features that block migration'],
      },
    },
    async (call) => {
      const cpus = cpusOf(await call.textArg('file'));
      return plain(await (await call.connect()).baselineHypervisorCPU(...emulator(call), cpus, call.flags), 'xml');
    },
  ),
  host(
    'domxml-from-native',
    "Translate a hypervisor's own configuration to XML",
    { args: '<format> <file>' },
    async (call) =>
      plain(await (await call.connect()).domainXMLFromNative(call.arg('format'), await call.textArg('file')), 'xml'),
  ),
  host(
    'domxml-to-native',
    "Translate XML to a hypervisor's own configuration",
    { args: '<format> [file]', options: { '--domain <domain>': 'a domain in place of a file' } },
    async (call) => {
      const domain = call.option('domain');
      const xml =
        domain === undefined ? await call.textArg('file') : await (await call.domainNamed(domain)).getXMLDesc(3);
      return plain(await (await call.connect()).domainXMLToNative(call.arg('format'), xml), 'config');
    },
  ),
  host('nodesuspend', 'Suspend the host for a while', { args: '<target> <duration>' }, async (call) => {
    const target = (NodeSuspendTarget as Readonly<Record<string, number>>)[call.arg('target').toUpperCase()];
    if (target === undefined) throw new UsageError('Invalid target: it is mem, disk or hybrid');
    await call.attempt(
      'suspend the host',
      (await call.connect()).nodeSuspendForDuration(target, BigInt(call.integerArg('duration'))),
    );
    return said('');
  }),
  host('nodesevinfo', "Show the host's AMD SEV facts", {}, async (call) => {
    const params = await (await call.connect()).nodeGetSEVInfo();
    return facts(
      params.map(({ field, value }) => [field, field, value] as const),
      19,
    );
  }),
  host('connect', 'Try to connect, and say to what', { args: '[uri]' }, async (call) => {
    const connect = await call.session.reconnect(
      call.optionalArg('uri') ?? call.session.uri,
      call.session.options.readOnly === true,
    );
    if (!(await connect.isAlive().catch(() => true))) throw new LibvirtError(ErrorCode.NO_CONNECT, 0, connect.getURI());
    return said(`Connected to ${connect.getURI()} (${await connect.getType()})`, {
      uri: connect.getURI(),
      type: await connect.getType(),
    });
  }),
];
