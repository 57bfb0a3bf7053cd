import {
  DomainGuestInfoTypes,
  DomainSetTimeFlags,
  DomainSetUserPasswordFlags,
  NodeSuspendTarget,
} from '@virtkit/core/util';
import { commands } from '../command.js';
import { lines, said, textOf } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { paramsJson } from '../params.js';

const guest = commands('Guests');

export const GUEST_AGENT = [
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
];
