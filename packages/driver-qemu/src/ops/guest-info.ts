import type { CallContext, GuestOps } from '@virtkit/core/driver';
import { DomainGuestInfoTypes, TypedParamsBuilder } from '@virtkit/core/util';
import { type AgentDisk, type AgentDiskAddress, type AgentFilesystem, diskAt } from '../agent/filesystems.js';
import { AgentCommandError, agentCommand } from '../agent/index.js';
import { type AgentInterface, mergeAliases } from '../agent/interfaces.js';
import type { QemuDomain } from '../domain/domain.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

type Gather = (domain: QemuDomain, call: CallContext, into: TypedParamsBuilder) => Promise<void>;

const OS_FIELDS = [
  'id',
  'name',
  'pretty-name',
  'version',
  'version-id',
  'machine',
  'variant',
  'variant-id',
  'kernel-release',
  'kernel-version',
] as const;

interface AgentUser {
  readonly user: string;
  readonly domain?: string;
  /** Seconds */
  readonly 'login-time': number;
}

const users: Gather = async (domain, call, into) => {
  const all = await agentCommand<AgentUser[]>(domain, 'guest-get-users', undefined, call);
  into.uint('user.count', all.length);
  all.forEach((one, i) => {
    into.string(`user.${i}.name`, one.user);
    if (one.domain !== undefined) into.string(`user.${i}.domain`, one.domain);
    into.ullong(`user.${i}.login-time`, Math.round(one['login-time'] * 1000));
  });
};

const os: Gather = async (domain, call, into) => {
  const info = await agentCommand<Record<string, string | undefined>>(domain, 'guest-get-osinfo', undefined, call);
  for (const field of OS_FIELDS) if (info[field] !== undefined) into.string(`os.${field}`, info[field]);
};

const timezone: Gather = async (domain, call, into) => {
  const zone = await agentCommand<{ zone?: string; offset: number }>(domain, 'guest-get-timezone', undefined, call);
  if (zone.zone !== undefined) into.string('timezone.name', zone.zone);
  into.int('timezone.offset', zone.offset);
};

const hostname: Gather = async (domain, call, into) => {
  const reply = await agentCommand<{ 'host-name': string }>(domain, 'guest-get-host-name', undefined, call);
  into.string('hostname', reply['host-name']);
};

function addAddress(into: TypedParamsBuilder, prefix: string, domain: QemuDomain, address: AgentDiskAddress): void {
  const alias = diskAt(domain.def, address);
  if (alias !== undefined) into.string(`${prefix}.alias`, alias);
  if (address.serial !== undefined) into.string(`${prefix}.serial`, address.serial);
  if (address.dev !== undefined) into.string(`${prefix}.device`, address.dev);
}

const filesystems: Gather = async (domain, call, into) => {
  const all = await agentCommand<AgentFilesystem[]>(domain, 'guest-get-fsinfo', undefined, call);
  into.uint('fs.count', all.length);
  all.forEach((one, i) => {
    into
      .string(`fs.${i}.name`, one.name)
      .string(`fs.${i}.mountpoint`, one.mountpoint)
      .string(`fs.${i}.fstype`, one.type);
    // Older agents do not tell sizes.
    if (one['total-bytes'] !== undefined) into.ullong(`fs.${i}.total-bytes`, one['total-bytes']);
    if (one['used-bytes'] !== undefined) into.ullong(`fs.${i}.used-bytes`, one['used-bytes']);
    into.uint(`fs.${i}.disk.count`, one.disk.length);
    one.disk.forEach((disk, j) => addAddress(into, `fs.${i}.disk.${j}`, domain, disk));
  });
};

const disks: Gather = async (domain, call, into) => {
  const all = await agentCommand<AgentDisk[]>(domain, 'guest-get-disks', undefined, call);
  into.uint('disk.count', all.length);
  all.forEach(({ name, partition, dependencies = [], address, alias }, i) => {
    into.string(`disk.${i}.name`, name).boolean(`disk.${i}.partition`, partition);
    if (dependencies.length > 0) into.uint(`disk.${i}.dependency.count`, dependencies.length);
    dependencies.forEach((one, j) => into.string(`disk.${i}.dependency.${j}.name`, one));
    if (address !== undefined) {
      const target = diskAt(domain.def, address);
      if (address.serial !== undefined) into.string(`disk.${i}.serial`, address.serial);
      if (target !== undefined) into.string(`disk.${i}.alias`, target);
    }
    if (alias !== undefined) into.string(`disk.${i}.guest_alias`, alias);
  });
};

const interfaces: Gather = async (domain, call, into) => {
  const all = mergeAliases(
    await agentCommand<AgentInterface[]>(domain, 'guest-network-get-interfaces', undefined, call),
  );
  into.uint('if.count', all.length);
  all.forEach(({ name, hwaddr, addrs }, i) => {
    into.string(`if.${i}.name`, name);
    if (hwaddr !== null) into.string(`if.${i}.hwaddr`, hwaddr);
    into.uint(`if.${i}.addr.count`, addrs.length);
    addrs.forEach(({ type, addr, prefix }, j) =>
      into
        .string(`if.${i}.addr.${j}.type`, type === 0 ? 'ipv4' : 'ipv6')
        .string(`if.${i}.addr.${j}.addr`, addr)
        .uint(`if.${i}.addr.${j}.prefix`, prefix),
    );
  });
};

const { USERS, OS, TIMEZONE, HOSTNAME, FILESYSTEM, DISKS, INTERFACES } = DomainGuestInfoTypes;

/** In the order in which they are told. */
const KINDS: readonly (readonly [number, Gather])[] = [
  [USERS, users],
  [OS, os],
  [TIMEZONE, timezone],
  [HOSTNAME, hostname],
  [FILESYSTEM, filesystems],
  [DISKS, disks],
  [INTERFACES, interfaces],
];
const ALL = KINDS.reduce((mask, [kind]) => mask | kind, 0);

/** virDomainGetGuestInfo */
export const guestInfoOps = (host: QemuHost) => {
  const { find } = jobsOf(host);
  return {
    domainGetGuestInfo: async (ref, types, _flags, call) => {
      const domain = find(ref);
      if ((types & ~ALL) !== 0)
        throw invalidArg(`unsupported guest information types '0x${(types & ~ALL).toString(16)}'`);
      void domain.running;
      const into = new TypedParamsBuilder();
      for (const [kind, gather] of KINDS) {
        if (types !== 0 && (types & kind) === 0) continue;
        try {
          await gather(domain, call, into);
        } catch (error) {
          // Who asks for all there is takes what this agent has.
          if (types !== 0 || AgentCommandError.behind(error) === undefined) throw error;
        }
      }
      return into.params;
    },
  } satisfies GuestOps;
};
