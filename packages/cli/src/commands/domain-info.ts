import type { Domain } from '@virtkit/core';
import {
  ConnectGetAllDomainStatsFlags as Stats,
  DomainControlState,
  DomainMemoryStatTags,
  DomainMetadataType,
  DomainModificationImpact,
  DomainStatsTypes,
  DomainVcpuFlags,
  DomainXMLFlags,
  ErrorCode,
  LibvirtError,
  VcpuState,
} from '@virtkit/core/util';
import { commands } from '../command.js';
import { hostCpus } from '../host-cpus.js';
import { consoleTty, disksOf, graphicsOf, interfacesOf } from '../domain-xml.js';
import { document } from '../output/document.js';
import { facts, lines, listed, plain, said, textOf } from '../output/output.js';
import { cpuLetters } from '../output/cpu-map.js';
import { constantName, reasonName, stateName } from '../state-names.js';

const domain = commands('Domains');
const monitor = commands('Domain monitoring');

/** The answer, or undefined where the driver does not have the function. */
export async function ifSupported<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (LibvirtError.is(error) && error.code === ErrorCode.NO_SUPPORT) return undefined;
    throw error;
  }
}

async function securityOf(one: Domain): Promise<(readonly [string, string, unknown])[]> {
  const model = await ifSupported(one.connect.nodeGetSecurityModel());
  if (model === undefined || model.model === '') return [];
  const label = await ifSupported(one.getSecurityLabel());
  return [
    ['Security model', 'securityModel', model.model],
    ['Security DOI', 'securityDoi', model.doi],
    ...(label === undefined || label.label === ''
      ? []
      : [
          [
            'Security label',
            'securityLabel',
            `${label.label} (${label.enforcing ? 'enforcing' : 'permissive'})`,
          ] as const,
        ]),
  ];
}

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

export const DOMAIN_INFO = [
  domain(
    'dumpxml',
    "Print a domain's XML",
    {
      args: '<domain>',
      options: {
        '--inactive': [DomainXMLFlags.INACTIVE, 'the definition for its next start'],
        '--security-info': [DomainXMLFlags.SECURE, 'with passwords'],
        '--update-cpu': [DomainXMLFlags.UPDATE_CPU, 'with the CPU of this host filled in'],
        '--migratable': [DomainXMLFlags.MIGRATABLE, 'fit for migration to older hosts'],
      },
    },
    async (call) => {
      const one = await call.domain();
      return document('domain', await call.attempt(`get XML of domain '${one.name}'`, one.getXMLDesc(call.flags)));
    },
  ),
  monitor('dominfo', 'Show the basic facts of a domain', { args: '<domain>' }, async (call) => {
    const one = await call.domain();
    const info = await one.getInfo();
    const persistent = await ifSupported(one.isPersistent());
    const autostart = await ifSupported(one.getAutostart());
    const managedSave = await ifSupported(one.hasManagedSaveImage());
    const unlimited = info.maxMem >= BigInt(Number.MAX_SAFE_INTEGER);
    return facts([
      ['Id', 'id', one.id < 0 ? null : one.id],
      ['Name', 'name', one.name],
      ['UUID', 'uuid', one.uuid],
      ['OS Type', 'osType', (await ifSupported(one.getOSType())) ?? null],
      ['State', 'state', stateName(info.state)],
      ['CPU(s)', 'cpus', info.nrVirtCpu],
      ...(info.cpuTime === 0n
        ? []
        : ([['CPU time', 'cpuTime', info.cpuTime, `${(Number(info.cpuTime) / 1e9).toFixed(1)}s`]] as const)),
      ['Max memory', 'maxMemory', info.maxMem, unlimited ? 'no limit' : `${info.maxMem} KiB`],
      ['Used memory', 'usedMemory', info.memory, `${info.memory} KiB`],
      ['Persistent', 'persistent', persistent ?? null, persistent === undefined ? 'unknown' : textOf(persistent)],
      ...(autostart === undefined
        ? []
        : ([['Autostart', 'autostart', autostart, autostart ? 'enable' : 'disable']] as const)),
      ['Managed save', 'managedSave', managedSave ?? null, managedSave === undefined ? 'unknown' : textOf(managedSave)],
      ...(await securityOf(one)),
    ]);
  }),
  monitor(
    'domstate',
    'Show the state of a domain',
    { args: '<domain>', options: { '--reason': 'and why it is in it' } },
    async (call) => {
      const { state, reason } = await (await call.domain()).getState();
      const json = { state: stateName(state), reason: reasonName(state, reason) };
      return { json, text: () => `${call.has('reason') ? `${json.state} (${json.reason})` : json.state}\n` };
    },
  ),
  monitor('domcontrol', 'Show whether the hypervisor answers for a domain', { args: '<domain>' }, async (call) => {
    const { state, stateTime } = await (await call.domain()).getControlInfo();
    const name = constantName(DomainControlState, state).replace('job', 'occupied');
    const time = state === DomainControlState.OK ? '' : ` (${Number(stateTime) / 1000}s)`;
    return { json: { state: name, stateTime }, text: () => `${name}${time}\n` };
  }),
  monitor(
    'domblklist',
    'List the disks of a domain',
    { args: '<domain>', options: { '--inactive': 'those of its definition', '--details': 'with type and device' } },
    async (call) => {
      const xml = await (await call.domain()).getXMLDesc(call.has('inactive') ? DomainXMLFlags.INACTIVE : 0);
      return listed(disksOf(xml), [
        { title: 'Type', key: 'type', value: (disk) => disk.type, hidden: !call.has('details') },
        { title: 'Device', key: 'device', value: (disk) => disk.device, hidden: !call.has('details') },
        { title: 'Target', key: 'target', value: (disk) => disk.target },
        { title: 'Source', key: 'source', value: (disk) => disk.source ?? null },
      ]);
    },
  ),
  monitor(
    'domiflist',
    'List the network interfaces of a domain',
    { args: '<domain>', options: { '--inactive': 'those of its definition' } },
    async (call) => {
      const xml = await (await call.domain()).getXMLDesc(call.has('inactive') ? DomainXMLFlags.INACTIVE : 0);
      return listed(interfacesOf(xml), [
        { title: 'Interface', key: 'interface', value: (one) => one.target ?? null },
        { title: 'Type', key: 'type', value: (one) => one.type },
        { title: 'Source', key: 'source', value: (one) => one.source ?? null },
        { title: 'Model', key: 'model', value: (one) => one.model ?? null },
        { title: 'MAC', key: 'mac', value: (one) => one.mac ?? null },
      ]);
    },
  ),
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
  monitor(
    'vcpucount',
    'Count the virtual processors of a domain',
    {
      args: '<domain>',
      options: {
        '--maximum': [DomainVcpuFlags.MAXIMUM, 'the most that it can have'],
        '--active': 'those that it has',
        '--live': [DomainVcpuFlags.LIVE, 'the running guest'],
        '--config': [DomainVcpuFlags.CONFIG, 'its next start'],
        '--current': 'what it is now',
        '--guest': [DomainVcpuFlags.GUEST, 'as the guest agent says'],
      },
    },
    async (call) => {
      const one = await call.domain();
      if (['maximum', 'active', 'live', 'config', 'current', 'guest'].some((name) => call.has(name)))
        return lines([await one.getVcpusFlags(call.flags)]);
      const rows: [string, string, number][] = [];
      for (const [which, bits] of [
        ['maximum', DomainVcpuFlags.MAXIMUM],
        ['current', 0],
      ] as const)
        for (const [when, impact] of [
          ['config', DomainVcpuFlags.CONFIG],
          ['live', DomainVcpuFlags.LIVE],
        ] as const) {
          const count = await one.getVcpusFlags(bits | impact).catch((error: unknown) => {
            if (
              LibvirtError.is(error) &&
              [ErrorCode.OPERATION_INVALID, ErrorCode.INVALID_ARG].includes(error.code as never)
            )
              return undefined;
            throw error;
          });
          if (count !== undefined) rows.push([which, when, count]);
        }
      return {
        json: rows.map(([which, when, count]) => ({ which, when, count })),
        text: () =>
          `${rows.map(([which, when, count]) => `${which.padEnd(13)}${when.padEnd(11)}${String(count).padStart(5)}`).join('\n')}\n`,
      };
    },
  ),
  monitor('vcpuinfo', 'Show the virtual processors of a domain', { args: '<domain>' }, async (call) => {
    const one = await call.domain();
    const vcpus = await call.attempt('get vCPU information', one.getVcpus());
    const cpus = await hostCpus(one);
    return {
      json: vcpus.map(({ number, cpu, state, cpuTime, cpumap }) => ({
        vcpu: number,
        cpu,
        state: constantName(VcpuState, state),
        cpuTime,
        affinity: cpuLetters(cpumap, cpus),
      })),
      text: () =>
        vcpus
          .map(
            ({ number, cpu, state, cpuTime, cpumap }) =>
              `${'VCPU:'.padEnd(16)}${number}\n${'CPU:'.padEnd(16)}${cpu < 0 ? 'N/A' : cpu}\n${'State:'.padEnd(16)}${constantName(VcpuState, state)}\n` +
              `${'CPU time:'.padEnd(16)}${(Number(cpuTime) / 1e9).toFixed(1)}s\n${'CPU Affinity:'.padEnd(16)}${cpuLetters(cpumap, cpus)}\n`,
          )
          .join('\n'),
    };
  }),
  domain('domid', "Print a domain's id", { args: '<domain>' }, async (call) => {
    const { id } = await call.domain();
    return { json: { id: id < 0 ? null : id }, text: () => `${id < 0 ? '-' : id}\n` };
  }),
  domain('domuuid', "Print a domain's UUID", { args: '<domain>' }, async (call) => lines([(await call.domain()).uuid])),
  domain('domname', "Print a domain's name", { args: '<domain>' }, async (call) => lines([(await call.domain()).name])),
  domain('ttyconsole', "Print the device of a domain's console", { args: '<domain>' }, async (call) => {
    const tty = consoleTty(await (await call.domain()).getXMLDesc(0));
    if (tty === undefined)
      throw new LibvirtError(ErrorCode.OPERATION_FAILED, 0, 'the domain has no console on a device of the host');
    return lines([tty]);
  }),
  domain(
    'domdisplay',
    "Print the URI of a domain's graphical display",
    {
      args: '<domain>',
      options: {
        '--include-password': 'with its password',
        '--type <type>': 'only vnc, spice or rdp',
        '--all': 'all of them',
      },
    },
    async (call) => {
      const one = await call.domain();
      const xml = await one.getXMLDesc(call.has('include-password') ? DomainXMLFlags.SECURE : 0);
      const type = call.option('type');
      const uris = graphicsOf(xml)
        .filter((graphics) => type === undefined || graphics.type === type)
        .flatMap(({ type: scheme, host, port, tlsPort, socket, password }) => {
          if (socket !== undefined) return [`${scheme}+unix://${socket}`];
          if (port === undefined && tlsPort === undefined) return [];
          const at =
            host === undefined || host === '0.0.0.0' || host === '::'
              ? 'localhost'
              : host.includes(':')
                ? `[${host}]`
                : host;
          const secret = password === undefined ? '' : `:${password}@`;
          if (scheme === 'vnc') return [`vnc://${secret}${at}:${port! - 5900}`];
          return [
            `${scheme}://${secret}${at}${port === undefined ? '' : `:${port}`}${tlsPort === undefined ? '' : `?tls-port=${tlsPort}`}`,
          ];
        });
      if (uris.length === 0)
        throw new LibvirtError(
          ErrorCode.OPERATION_FAILED,
          0,
          `domain '${one.name}' has no graphical display that can be reached`,
        );
      return lines(call.has('all') ? uris : uris.slice(0, 1));
    },
  ),
  domain('vncdisplay', "Print where a domain's VNC display listens", { args: '<domain>' }, async (call) => {
    const one = await call.domain();
    const vnc = graphicsOf(await one.getXMLDesc(0)).find(({ type, port }) => type === 'vnc' && port !== undefined);
    if (vnc === undefined)
      throw new LibvirtError(ErrorCode.OPERATION_FAILED, 0, `domain '${one.name}' has no VNC display on a port`);
    return lines([`${vnc.host === undefined || vnc.host === '0.0.0.0' ? '' : vnc.host}:${vnc.port! - 5900}`]);
  }),
  domain(
    'desc',
    'Show or set the description or title of a domain',
    {
      args: '<domain> [new-desc...]',
      options: {
        '--live': [DomainModificationImpact.LIVE, 'the running guest'],
        '--config': [DomainModificationImpact.CONFIG, 'its next start'],
        '--current': 'what it is now',
        '--title': 'the title',
      },
    },
    async (call) => {
      const one = await call.domain();
      const what = call.has('title') ? 'title' : 'description';
      const type = call.has('title') ? DomainMetadataType.TITLE : DomainMetadataType.DESCRIPTION;
      const given = call.rest('new-desc');
      if (given.length > 0) {
        const text = given.join(' ');
        await call.attempt(
          `set new domain ${what}`,
          one.setMetadata(type, text === '' ? null : text, null, null, call.flags),
        );
        return said(`Domain ${what} updated successfully`, { domain: one.name, [what]: text });
      }
      const text = await one.getMetadata(type, null, call.flags).catch((error: unknown) => {
        if (LibvirtError.is(error) && error.code === ErrorCode.NO_DOMAIN_METADATA) return null;
        throw error;
      });
      return { json: { [what]: text }, text: () => text ?? `No ${what} for domain: ${one.name}` };
    },
  ),
  domain(
    'metadata',
    "Show, set or remove an element of a domain's metadata",
    {
      args: '<domain> <uri>',
      options: {
        '--live': [DomainModificationImpact.LIVE, 'the running guest'],
        '--config': [DomainModificationImpact.CONFIG, 'its next start'],
        '--current': 'what it is now',
        '--key <key>': 'namespace prefix for --set',
        '--set <xml>': 'element to set',
        '--remove': 'remove the element',
      },
    },
    async (call) => {
      const one = await call.domain();
      const uri = call.arg('uri');
      if (call.has('remove')) {
        await one.setMetadata(DomainMetadataType.ELEMENT, null, null, uri, call.flags);
        return said('Metadata removed', { domain: one.name, uri });
      }
      if (call.has('set')) {
        await one.setMetadata(
          DomainMetadataType.ELEMENT,
          call.requiredOption('set'),
          call.requiredOption('key'),
          uri,
          call.flags,
        );
        return said('Metadata modified', { domain: one.name, uri });
      }
      return plain(`${await one.getMetadata(DomainMetadataType.ELEMENT, uri, call.flags)}\n`, 'xml');
    },
  ),
];
