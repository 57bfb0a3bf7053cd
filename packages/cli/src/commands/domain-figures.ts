import {
  ConnectGetAllDomainStatsFlags as Stats,
  DomainMemoryStatTags,
  DomainModificationImpact,
  DomainStatsTypes,
} from '@virtkit/core/util';
import { commands } from '../command.js';
import { ifSupported } from '../if-supported.js';
import { disksOf } from '../domain-xml.js';
import { facts, listed, said, textOf } from '../output/output.js';
import { constantName } from '../state-names.js';

const monitor = commands('Domain monitoring');

const STAT_GROUPS: Readonly<Record<string, readonly [bits: number, text: string]>> = {
  '--state': [DomainStatsTypes.STATE, 'state'],
  '--cpu-total': [DomainStatsTypes.CPU_TOTAL, 'processor time'],
  '--balloon': [DomainStatsTypes.BALLOON, 'memory balloon'],
  '--vcpu': [DomainStatsTypes.VCPU, 'virtual processors'],
  '--interface': [DomainStatsTypes.INTERFACE, 'network interfaces'],
  '--block': [DomainStatsTypes.BLOCK, 'disks'],
  '--perf': [DomainStatsTypes.PERF, 'performance counters'],
  '--iothread': [DomainStatsTypes.IOTHREAD, 'I/O threads'],
  '--memory': [DomainStatsTypes.MEMORY, 'memory bandwidth'],
  '--dirtyrate': [DomainStatsTypes.DIRTYRATE, 'rate of dirtied memory'],
  '--vm': [DomainStatsTypes.VM, "the hypervisor's own figures"],
};

export const DOMAIN_FIGURES = [
  monitor(
    'domblkinfo',
    'Show the sizes of a disk',
    { args: '<domain> [device]', options: { '--all': 'of all disks' } },
    async (call) => {
      const one = await call.domain();
      const device = call.optionalArg('device');
      const targets =
        device !== undefined && !call.has('all')
          ? [device]
          : disksOf(await one.getXMLDesc(0))
              .filter((disk) => disk.source !== undefined)
              .map((disk) => disk.target);
      if (device === undefined && !call.has('all')) call.arg('device');
      const rows = await Promise.all(targets.map(async (target) => ({ target, ...(await one.getBlockInfo(target)) })));
      if (!call.has('all'))
        return facts([
          ['Capacity', 'capacity', rows[0]!.capacity],
          ['Allocation', 'allocation', rows[0]!.allocation],
          ['Physical', 'physical', rows[0]!.physical],
        ]);
      return listed(rows, [
        { title: 'Target', key: 'target', value: (row) => row.target },
        { title: 'Capacity', key: 'capacity', value: (row) => row.capacity },
        { title: 'Allocation', key: 'allocation', value: (row) => row.allocation },
        { title: 'Physical', key: 'physical', value: (row) => row.physical },
      ]);
    },
  ),
  monitor('domblkstat', 'Show what a disk has read and written', { args: '<domain> [device]' }, async (call) => {
    const one = await call.domain();
    const device = call.optionalArg('device') ?? '';
    const short: Readonly<Record<string, string>> = {
      rd_operations: 'rd_req',
      wr_operations: 'wr_req',
      flush_operations: 'flush_operations',
    };
    const stats =
      (await ifSupported(one.blockStatsFlags(device))) ??
      Object.entries(await one.blockStats(device)).map(([field, value]) => ({
        field: field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        value,
      }));
    const entries = stats.map(({ field, value }) => [short[field] ?? field, value] as const);
    return {
      json: Object.fromEntries(entries),
      text: () =>
        `${entries.map(([name, value]) => `${device === '' ? '' : `${device} `}${name} ${value}`).join('\n')}\n`,
    };
  }),
  monitor(
    'domifstat',
    'Show what an interface has received and sent',
    { args: '<domain> <interface>' },
    async (call) => {
      const name = call.arg('interface');
      const stats = Object.entries(await (await call.domain()).interfaceStats(name)).map(
        ([field, value]) => [field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value as bigint] as const,
      );
      return {
        json: Object.fromEntries(stats),
        text: () =>
          `${stats
            .filter(([, value]) => value >= 0n)
            .map(([field, value]) => `${name} ${field} ${value}`)
            .join('\n')}\n`,
      };
    },
  ),
  monitor(
    'dommemstat',
    'Show the memory of a domain',
    {
      args: '<domain>',
      options: {
        '--period <seconds>': 'have the guest report every so often',
        '--live': [DomainModificationImpact.LIVE, 'the running guest'],
        '--config': [DomainModificationImpact.CONFIG, 'its next start'],
        '--current': 'what it is now',
      },
    },
    async (call) => {
      const one = await call.domain();
      const period = call.integer('period');
      if (period !== undefined) {
        await call.attempt('set the period of balloon statistics', one.setMemoryStatsPeriod(period, call.flags));
        return said('', { period });
      }
      const names: Readonly<Record<number, string>> = { [DomainMemoryStatTags.ACTUAL_BALLOON]: 'actual' };
      const stats = (await one.memoryStats()).map(
        ({ tag, val }) => [names[tag] ?? constantName(DomainMemoryStatTags, tag).replaceAll('-', '_'), val] as const,
      );
      return {
        json: Object.fromEntries(stats),
        text: () => `${stats.map(([name, value]) => `${name} ${value}`).join('\n')}\n`,
      };
    },
  ),
  monitor(
    'domstats',
    'Show the statistics of domains: of all, without arguments',
    {
      args: '[domain...]',
      options: {
        ...STAT_GROUPS,
        '--raw': 'numbers as they are (the default)',
        '--enforce': 'fail where the driver does not know a group',
        '--backing': 'also of backing images',
        '--nowait': 'do not wait for a domain that is busy',
        '--list-active': 'only active domains',
        '--list-inactive': 'only inactive domains',
        '--list-persistent': 'only persistent domains',
        '--list-transient': 'only transient domains',
        '--list-running': 'only running domains',
        '--list-paused': 'only paused domains',
        '--list-shutoff': 'only domains that are shut off',
      },
    },
    async (call) => {
      const connect = await call.connect();
      const domains = await Promise.all(call.rest('domain').map((name) => call.domainNamed(name)));
      let flags = 0;
      for (const [option, bits] of [
        ['enforce', Stats.ENFORCE_STATS],
        ['backing', Stats.BACKING],
        ['nowait', Stats.NOWAIT],
        ['list-active', Stats.ACTIVE],
        ['list-inactive', Stats.INACTIVE],
        ['list-persistent', Stats.PERSISTENT],
        ['list-transient', Stats.TRANSIENT],
        ['list-running', Stats.RUNNING],
        ['list-paused', Stats.PAUSED],
        ['list-shutoff', Stats.SHUTOFF],
      ] as const)
        if (call.has(option)) flags = (flags | bits) >>> 0;
      const records = await call.attempt(
        'get domain statistics',
        connect.getAllDomainStats(domains, call.flags, flags),
      );
      return {
        json: records.map(({ dom, params }) => ({
          domain: dom.name,
          uuid: dom.uuid,
          stats: Object.fromEntries(params.map(({ field, value }) => [field, value])),
        })),
        text: () =>
          records
            .map(
              ({ dom, params }) =>
                `Domain: '${dom.name}'\n${params.map(({ field, value }) => `  ${field}=${textOf(value)}\n`).join('')}`,
            )
            .join('\n'),
      };
    },
  ),
];
