import { open } from 'node:fs/promises';
import { childOf, formatNode } from '@virtkit/core/conf';
import {
  DomainCoreDumpFlags,
  DomainCoreDumpFormat,
  DomainGetHostnameFlags,
  DomainGuestInfoTypes,
  DomainInterfaceAddressesSource,
  DomainJobOperation,
  DomainJobType,
  DomainProcessSignal,
  DomainQemuMonitorCommandFlags,
  DomainSetTimeFlags,
  DomainSetUserPasswordFlags,
  DomainXMLFlags,
  IPAddrType,
  KeycodeSet,
  NodeSuspendTarget,
  TypedParamsBuilder,
} from '@virtkit/core/util';
import { commands } from '../command.js';
import { keyCode } from '../keys.js';
import { facts, lines, said, textOf } from '../output/output.js';
import { prettySize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';
import { paramsJson } from '../params.js';
import { constantName } from '../state-names.js';
import { findDevice } from '../domain-xml.js';

const guest = commands('Guests');

export const GUEST = [
  guest(
    'domhostname',
    "Print the guest's host name",
    { args: '<domain>', options: { '--source <source>': 'lease or agent' } },
    async (call) => {
      const source = call.option('source');
      const flags = source === undefined ? 0 : DomainGetHostnameFlags[source === 'lease' ? 'LEASE' : 'AGENT'];
      return lines([await call.attempt('get hostname', (await call.domain()).getHostname(flags))]);
    },
  ),
  guest(
    'domifaddr',
    "List the guest's network addresses",
    {
      args: '<domain> [interface]',
      options: { '--full': 'repeat name and MAC on each line', '--source <source>': 'lease, agent or arp' },
    },
    async (call) => {
      const source = (call.option('source') ?? 'lease').toUpperCase();
      const which = (DomainInterfaceAddressesSource as Readonly<Record<string, number>>)[source];
      if (which === undefined)
        throw new UsageError(`Unknown data source '${call.option('source')}': it is lease, agent or arp`);
      const only = call.optionalArg('interface');
      const found = await call.attempt(
        'query for interfaces addresses',
        (await call.domain()).interfaceAddresses(which),
      );
      const rows = found
        .filter(({ name }) => only === undefined || name === only)
        .flatMap(({ name, hwaddr, addrs }) =>
          (addrs.length === 0 ? [undefined] : addrs).map((address, i) => ({ name, hwaddr, first: i === 0, address })),
        );
      const shown = (first: boolean, text: string | null): string =>
        first || call.has('full') ? (text ?? 'N/A') : '-';
      const protocol = (type: number): string => (type === IPAddrType.IPV6 ? 'ipv6' : 'ipv4');
      // virsh's columns here have fixed widths.
      const line = (name: string, mac: string, kind: string, address: string): string =>
        ` ${name.padEnd(10)} ${mac.padEnd(20)} ${kind.padEnd(8)}     ${address}\n`;
      return {
        json: rows.map(({ name, hwaddr, address }) => ({
          name,
          mac: hwaddr,
          protocol: address === undefined ? null : protocol(address.type),
          address: address === undefined ? null : `${address.addr}/${address.prefix}`,
        })),
        text: () =>
          `${line('Name', 'MAC address', 'Protocol', 'Address')}${'-'.repeat(79)}\n${rows
            .map(({ name, hwaddr, first, address }) =>
              line(
                shown(first, name),
                shown(first, hwaddr),
                address === undefined ? 'N/A' : protocol(address.type),
                address === undefined ? 'N/A' : `${address.addr}/${address.prefix}`,
              ),
            )
            .join('')}`,
      };
    },
  ),
  guest(
    'domtime',
    "Show or set the guest's clock",
    {
      args: '<domain>',
      options: {
        '--now': 'to the time here',
        '--pretty': 'readable',
        '--sync': 'from its hardware clock',
        '--time <seconds>': 'seconds since the epoch',
      },
    },
    async (call) => {
      const domain = await call.domain();
      if (call.has('now') || call.has('sync') || call.has('time')) {
        const seconds = call.has('now') ? BigInt(Math.floor(Date.now() / 1000)) : BigInt(call.option('time') ?? '0');
        await domain.setTime(seconds, 0, call.has('sync') ? DomainSetTimeFlags.TIME_SYNC : 0);
        return said('', { domain: domain.name });
      }
      const { seconds, nseconds } = await domain.getTime();
      const text = call.has('pretty')
        ? new Date(Number(seconds) * 1000).toISOString().replace('T', ' ').slice(0, 19)
        : String(seconds);
      return { json: { seconds, nseconds }, text: () => `Time: ${text}` };
    },
  ),
  guest(
    'domif-setlink',
    'Plug or unplug the cable of a network interface',
    { args: '<domain> <interface> <state>', options: { '--config': 'of its next start' } },
    async (call) => {
      const state = call.arg('state');
      if (state !== 'up' && state !== 'down') throw new UsageError(`invalid link state '${state}': it is up or down`);
      const domain = await call.domain();
      const xml = await domain.getXMLDesc(call.has('config') ? DomainXMLFlags.INACTIVE : 0);
      const node = findDevice(xml, 'interface', call.arg('interface'));
      if (node === undefined)
        throw new UsageError(
          `interface '${call.arg('interface')}' not found: 'virtkit domiflist ${domain.name}' lists them`,
        );
      const link = { name: 'link', qname: 'link', ns: '', attrs: { state }, children: [], text: '', line: 1 };
      const { mixed: _mixed, ...rest } = node;
      const changed = { ...rest, text: '', children: [...node.children.filter(({ name }) => name !== 'link'), link] };
      await call.attempt(
        'update interface link state',
        domain.updateDeviceFlags(formatNode(changed, 0), call.has('config') ? 2 : 1),
      );
      return said('Device updated successfully', { domain: domain.name, interface: call.arg('interface'), state });
    },
  ),
  guest(
    'domif-getlink',
    'Show whether the cable of a network interface is plugged in',
    { args: '<domain> <interface>', options: { '--config': 'of its next start' } },
    async (call) => {
      const domain = await call.domain();
      const node = findDevice(
        await domain.getXMLDesc(call.has('config') ? DomainXMLFlags.INACTIVE : 0),
        'interface',
        call.arg('interface'),
      );
      if (node === undefined)
        throw new UsageError(
          `interface '${call.arg('interface')}' not found: 'virtkit domiflist ${domain.name}' lists them`,
        );
      const state = childOf(node, 'link')?.attrs['state'] ?? 'up';
      return { json: { state }, text: () => `${call.arg('interface')} ${state}\n` };
    },
  ),
  guest(
    'domfstrim',
    "Give unused blocks of the guest's file systems back",
    {
      args: '<domain>',
      options: { '--minimum <bytes>': 'only ranges of at least this much', '--mountpoint <path>': 'one file system' },
    },
    async (call) => {
      const domain = await call.domain();
      await call.attempt(
        'trim file systems',
        domain.fsTrim(call.option('mountpoint') ?? null, call.size('minimum') ?? 0n),
      );
      return said('', { domain: domain.name });
    },
  ),
  guest('domfsfreeze', "Freeze the guest's file systems", { args: '<domain> [mountpoint...]' }, async (call) => {
    const domain = await call.domain();
    const count = await call.attempt('freeze filesystems', domain.fsFreeze(call.rest('mountpoint')));
    return said(`Froze ${count} filesystem(s)`, { domain: domain.name, count });
  }),
  guest('domfsthaw', "Thaw the guest's file systems", { args: '<domain> [mountpoint...]' }, async (call) => {
    const domain = await call.domain();
    const count = await call.attempt('thaw filesystems', domain.fsThaw(call.rest('mountpoint')));
    return said(`Thawed ${count} filesystem(s)`, { domain: domain.name, count });
  }),
  guest(
    'guestinfo',
    'Show what the guest agent says',
    {
      args: '<domain>',
      options: {
        '--user': [DomainGuestInfoTypes.USERS, 'users'],
        '--os': [DomainGuestInfoTypes.OS, 'operating system'],
        '--timezone': [DomainGuestInfoTypes.TIMEZONE, 'time zone'],
        '--hostname': [DomainGuestInfoTypes.HOSTNAME, 'host name'],
        '--filesystem': [DomainGuestInfoTypes.FILESYSTEM, 'file systems'],
        '--disk': [DomainGuestInfoTypes.DISKS, 'disks'],
        '--interface': [DomainGuestInfoTypes.INTERFACES, 'network interfaces'],
      },
    },
    async (call) => {
      const params = await (await call.domain()).getGuestInfo(call.flags);
      return {
        json: paramsJson(params),
        text: () => params.map(({ field, value }) => `${field.padEnd(20)}: ${textOf(value)}\n`).join(''),
      };
    },
  ),
  guest(
    'guest-agent-timeout',
    'Change how long to wait for the guest agent',
    { args: '<domain>', options: { '--timeout <seconds>': 'seconds; -2 for ever, -1 the default, 0 not at all' } },
    async (call) => {
      const domain = await call.domain();
      await domain.agentSetResponseTimeout(call.integer('timeout') ?? -2);
      return said('', { domain: domain.name });
    },
  ),
  guest(
    'set-user-password',
    'Change the password of a user of the guest',
    {
      args: '<domain> <user> <password>',
      options: { '--encrypted': [DomainSetUserPasswordFlags.PASSWORD_ENCRYPTED, 'the password is a hash'] },
    },
    async (call) => {
      const domain = await call.domain();
      await call.attempt('set password', domain.setUserPassword(call.arg('user'), call.arg('password'), call.flags));
      return said(`Password set successfully for ${call.arg('user')} in ${domain.name}`, {
        domain: domain.name,
        user: call.arg('user'),
      });
    },
  ),
  guest('get-user-sshkeys', 'List the SSH keys of a user of the guest', { args: '<domain> <user>' }, async (call) =>
    lines(await (await call.domain()).authorizedSSHKeysGet(call.arg('user'))),
  ),
  guest(
    'set-user-sshkeys',
    'Change the SSH keys of a user of the guest',
    {
      args: '<domain> <user>',
      options: { '--file <file>': 'keys, one a line', '--reset': 'remove the others', '--remove': [2, 'remove these'] },
    },
    async (call) => {
      const domain = await call.domain();
      const file = call.option('file');
      const keys = file === undefined ? [] : (await call.text(file)).split('\n').filter((key) => key.trim() !== '');
      const flags = call.flags | (call.has('reset') || call.has('remove') ? 0 : 1);
      await domain.authorizedSSHKeysSet(call.arg('user'), keys, flags);
      return said('', { domain: domain.name, keys: keys.length });
    },
  ),
  guest(
    'dompmsuspend',
    'Have the guest suspend itself',
    { args: '<domain> <target>', options: { '--duration <seconds>': 'wake up after so long' } },
    async (call) => {
      const target = (NodeSuspendTarget as Readonly<Record<string, number>>)[call.arg('target').toUpperCase()];
      if (target === undefined) throw new UsageError('Invalid target: it is mem, disk or hybrid');
      const domain = await call.domain();
      await call.attempt(
        `suspend domain '${domain.name}'`,
        domain.pmSuspendForDuration(target, BigInt(call.integer('duration') ?? 0)),
      );
      return said(`Domain '${domain.name}' successfully suspended`, { domain: domain.name });
    },
  ),
  guest('dompmwakeup', 'Wake a guest that suspended itself', { args: '<domain>' }, async (call) => {
    const domain = await call.domain();
    await call.attempt(`wakeup domain '${domain.name}'`, domain.pmWakeup());
    return said(`Domain '${domain.name}' successfully woken up`, { domain: domain.name });
  }),
  guest(
    'send-key',
    'Press keys, all at once',
    {
      args: '<domain> <keycode...>',
      options: { '--codeset <name>': 'linux (the default), xt, atset1, …', '--holdtime <ms>': 'for how long' },
    },
    async (call) => {
      const domain = await call.domain();
      const set = (KeycodeSet as Readonly<Record<string, number>>)[
        (call.option('codeset') ?? 'linux').toUpperCase().replaceAll('-', '_')
      ];
      if (set === undefined) throw new UsageError(`unknown codeset: '${call.option('codeset')}'`);
      const codes = call.rest('keycode').map((name) => keyCode(name, set));
      await call.attempt('send keys', domain.sendKey(set, call.integer('holdtime') ?? 0, codes));
      return said('', { domain: domain.name, codes });
    },
  ),
  guest(
    'send-process-signal',
    'Send a signal to a process of the guest',
    { args: '<domain> <pid> <signame>' },
    async (call) => {
      const name = call
        .arg('signame')
        .toUpperCase()
        .replace(/^(VIR_DOMAIN_PROCESS_SIGNAL_|SIG)/, '');
      const signal = /^\d+$/.test(name)
        ? Number(name)
        : (DomainProcessSignal as Readonly<Record<string, number>>)[name];
      if (signal === undefined) throw new UsageError(`malformed signal name: '${call.arg('signame')}'`);
      const domain = await call.domain();
      await domain.sendProcessSignal(BigInt(call.integerArg('pid')), signal);
      return said('', { domain: domain.name });
    },
  ),
  guest(
    'screenshot',
    'Write what the guest shows to a file',
    { args: '<domain> [file]', options: { '--screen <number>': 'which screen, from 0' } },
    async (call) => {
      const domain = await call.domain();
      const { mime, stream } = await call.attempt('take a screenshot', domain.screenshot(call.integer('screen') ?? 0));
      const extension = mime?.split('/')[1]?.replace('x-portable-pixmap', 'ppm') ?? 'img';
      const path = call.optionalArg('file') ?? `${domain.name}-${new Date().toISOString().slice(0, 19)}.${extension}`;
      const file = await open(path, 'w');
      try {
        for await (const data of stream) await file.write(data);
      } finally {
        await file.close();
      }
      return said(`Screenshot saved to ${path}, with type of ${mime}`, { file: path, mime });
    },
  ),
  guest(
    'dump',
    "Write a domain's memory to a file",
    {
      args: '<domain> <file>',
      options: {
        '--live': [DomainCoreDumpFlags.LIVE, 'while it runs'],
        '--crash': [DomainCoreDumpFlags.CRASH, 'crash it afterwards'],
        '--bypass-cache': [DomainCoreDumpFlags.BYPASS_CACHE, 'avoid the file system cache'],
        '--reset': [DomainCoreDumpFlags.RESET, 'reset it afterwards'],
        '--memory-only': [DomainCoreDumpFlags.MEMORY_ONLY, 'memory alone, for debuggers'],
        '--format <format>': 'elf, kdump-zlib, kdump-lzo, kdump-snappy or win-dmp',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const format = call.option('format');
      const file = call.arg('file').startsWith('/') ? call.arg('file') : `${process.cwd()}/${call.arg('file')}`;
      call.doing = `core dump domain '${domain.name}' to ${call.arg('file')}`;
      if (format === undefined) await domain.coreDump(file, call.flags);
      else {
        const value = (DomainCoreDumpFormat as Readonly<Record<string, number>>)[
          format === 'elf' ? 'RAW' : format.toUpperCase().replaceAll('-', '_')
        ];
        if (value === undefined)
          throw new UsageError(
            `format '${format}' is not supported, expecting 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp' or 'elf'`,
          );
        await domain.coreDumpWithFormat(file, value, call.flags);
      }
      return said(`Domain '${domain.name}' dumped to ${call.arg('file')}`, { domain: domain.name, file });
    },
  ),
  guest(
    'domjobinfo',
    'Show the job that runs on a domain',
    {
      args: '<domain>',
      options: {
        '--completed': [1, 'the last one that ended'],
        '--keep-completed': [2, 'and keep it'],
        '--rawstats': 'all figures',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const { type, params } = await domain.getJobStats(call.flags).catch(async () => {
        const info = await domain.getJobInfo();
        return { type: info.type, params: Object.entries(info).map(([field, value]) => ({ field, value })) };
      });
      const name =
        { [DomainJobType.NONE]: 'None', [DomainJobType.BOUNDED]: 'Bounded', [DomainJobType.UNBOUNDED]: 'Unbounded' }[
          type
        ] ?? constantName(DomainJobType, type);
      const json = {
        type: constantName(DomainJobType, type),
        ...Object.fromEntries(params.map(({ field, value }) => [field, value])),
      };
      const show = ({ field, value }: { readonly field: string; readonly value: unknown }): string => {
        if (field === 'operation') return constantName(DomainJobOperation, Number(value));
        if (/^(data|memory|disk|file|mem)_(total|processed|remaining)$/.test(field))
          return prettySize(BigInt(value as bigint));
        return /time/.test(field) ? `${textOf(value)} ms` : textOf(value);
      };
      return {
        json,
        text: () =>
          `${'Job type:'.padEnd(18)}${name}\n${params.map((param) => `${`${call.has('rawstats') ? param.field : param.field.replaceAll('_', ' ')}:`.padEnd(18)}${call.has('rawstats') ? textOf(param.value) : show(param)}\n`).join('')}`,
      };
    },
  ),
  guest('domjobabort', 'Give up the job that runs on a domain', { args: '<domain>' }, async (call) => {
    const domain = await call.domain();
    await call.attempt('abort job', domain.abortJob());
    return said('', { domain: domain.name });
  }),
  guest(
    'migrate-setmaxdowntime',
    'Change how long a guest may stand still in a migration',
    { args: '<domain> <downtime>' },
    async (call) => {
      const domain = await call.domain();
      await domain.migrateSetMaxDowntime(BigInt(call.integerArg('downtime')));
      return said('', { domain: domain.name });
    },
  ),
  guest(
    'migrate-getmaxdowntime',
    'Show how long a guest may stand still in a migration',
    { args: '<domain>' },
    async (call) => lines([await (await call.domain()).migrateGetMaxDowntime()]),
  ),
  guest(
    'migrate-setspeed',
    'Change the rate of migrations',
    { args: '<domain> <bandwidth>', options: { '--postcopy': [1, 'in post-copy'] } },
    async (call) => {
      const domain = await call.domain();
      await domain.migrateSetMaxSpeed(BigInt(call.integerArg('bandwidth')), call.flags);
      return said('', { domain: domain.name });
    },
  ),
  guest(
    'migrate-getspeed',
    'Show the rate of migrations, in MiB/s',
    { args: '<domain>', options: { '--postcopy': [1, 'in post-copy'] } },
    async (call) => lines([await (await call.domain()).migrateGetMaxSpeed(call.flags)]),
  ),
  guest(
    'migrate-compcache',
    'Show or change the cache of compressed migrations',
    { args: '<domain>', options: { '--size <bytes>': 'its size' } },
    async (call) => {
      const domain = await call.domain();
      const size = call.size('size');
      if (size !== undefined) await domain.migrateSetCompressionCache(size);
      const bytes = await domain.migrateGetCompressionCache();
      return { json: { bytes }, text: () => `Compression cache: ${prettySize(bytes)}` };
    },
  ),
  guest('migrate-postcopy', 'Switch a migration that runs to post-copy', { args: '<domain>' }, async (call) => {
    const domain = await call.domain();
    await domain.migrateStartPostCopy();
    return said('', { domain: domain.name });
  }),
  guest(
    'domdirtyrate-calc',
    'Have the rate of dirtied memory measured',
    {
      args: '<domain>',
      options: {
        '--seconds <number>': 'for how long, 1 to 60',
        '--mode <mode>': 'page-sampling, dirty-bitmap or dirty-ring',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const modes = ['page-sampling', 'dirty-bitmap', 'dirty-ring'];
      const mode = modes.indexOf(call.option('mode') ?? 'page-sampling');
      if (mode < 0) throw new UsageError(`--mode: it is one of ${modes.join(', ')}`);
      await domain.startDirtyRateCalc(call.integer('seconds') ?? 1, mode);
      return said("Start to calculate domain's memory dirty rate successfully.", { domain: domain.name });
    },
  ),
  guest(
    'domsetlaunchsecstate',
    'Give a confidential guest its secret',
    {
      args: '<domain>',
      options: {
        '--secrethdr <file>': 'header of the secret, in base64',
        '--secret <file>': 'the secret, in base64',
        '--set-address <address>': 'where in its memory',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const params = new TypedParamsBuilder();
      params.string('sev-secret-header', (await call.text(call.requiredOption('secrethdr'))).trim());
      params.string('sev-secret', (await call.text(call.requiredOption('secret'))).trim());
      const address = call.option('set-address');
      if (address !== undefined) params.ullong('sev-secret-set-address', BigInt(address));
      await call.attempt('set launch security state', domain.setLaunchSecurityState(params.params));
      return said('', { domain: domain.name });
    },
  ),
  guest('domlaunchsecinfo', 'Show the measurement of a confidential guest', { args: '<domain>' }, async (call) => {
    const params = await (await call.domain()).getLaunchSecurityInfo();
    return facts(
      params.map(({ field, value }) => [field, field, value] as const),
      19,
    );
  }),
  guest(
    'qemu-monitor-command',
    'Send a command to QEMU itself (unsupported: it may upset the driver)',
    {
      args: '<domain> <cmd...>',
      options: {
        '--hmp': [DomainQemuMonitorCommandFlags.HMP, 'in the language of people'],
        '--pretty': 'indent the answer',
      },
    },
    async (call) => {
      const answer = await (await call.domain()).qemuMonitorCommand(call.rest('cmd').join(' '), call.flags);
      if (call.has('hmp')) return { json: { result: answer }, text: () => answer.replace(/\r/g, '') };
      const json: unknown = JSON.parse(answer);
      return { json, text: () => (call.has('pretty') ? JSON.stringify(json, null, 2) : answer) };
    },
  ),
  guest(
    'qemu-agent-command',
    'Send a command to the guest agent',
    {
      args: '<domain> <cmd...>',
      options: {
        '--timeout <seconds>': 'how long to wait',
        '--async': 'do not wait',
        '--block': 'wait for ever',
        '--pretty': 'indent the answer',
      },
    },
    async (call) => {
      const timeout = call.has('async') ? 0 : call.has('block') ? -2 : (call.integer('timeout') ?? -2);
      const answer = await (await call.domain()).qemuAgentCommand(call.rest('cmd').join(' '), timeout);
      const json: unknown = answer === null ? null : JSON.parse(answer);
      return { json, text: () => (call.has('pretty') ? JSON.stringify(json, null, 2) : (answer ?? '')) };
    },
  ),
  guest(
    'qemu-attach',
    'Take over a QEMU process that was started by somebody else',
    { args: '<pid>' },
    async (call) => {
      const domain = await call.attempt(
        'attach to pid',
        (await call.connect()).domainQemuAttach(call.integerArg('pid')),
      );
      return said(`Domain '${domain.name}' attached to pid ${call.arg('pid')}`, { domain: domain.name });
    },
  ),
];
