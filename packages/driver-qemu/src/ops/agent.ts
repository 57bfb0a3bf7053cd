import { formatBitmap, parseBitmap } from '@virtkit/core/conf';
import type { CallContext, DomainRef, GuestOps, PassthroughOps, TuningOps } from '@virtkit/core/driver';
import {
  DomainAuthorizedSSHKeysSetFlags,
  DomainSetTimeFlags,
  DomainSetUserPasswordFlags,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  NodeSuspendTarget,
  TypedParamsBuilder,
} from '@virtkit/core/util';
import {
  AgentCommandError,
  agentCommand,
  agentCommandUntil,
  agentPass,
  agentRefused,
  patienceOf,
} from '../agent/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { argumentUnsupported, internalError, invalidArg, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { QmpCommandError } from '../qmp/index.js';
import { jobsOf } from './job.js';

const SECOND = 1_000_000_000n;
const MIN_TIMEOUT = -2;

/** One processor as the guest sees it. */
export interface AgentVcpu {
  readonly 'logical-id': number;
  readonly online: boolean;
  readonly 'can-offline'?: boolean;
}

export const agentVcpus = (domain: QemuDomain, call: CallContext): Promise<AgentVcpu[]> =>
  agentCommand<AgentVcpu[]>(domain, 'guest-get-vcpus', undefined, call);

/** Tells the guest which of its processors to use; it may take them one by one. */
export async function setAgentVcpus(
  domain: QemuDomain,
  ids: readonly number[],
  online: boolean,
  call: CallContext,
): Promise<void> {
  let left = ids.map((id) => ({ 'logical-id': id, online }));
  while (left.length > 0) {
    const done = await agentCommand<number>(domain, 'guest-set-vcpus', { vcpus: left }, call);
    if (done <= 0 || done > left.length)
      throw internalError(`guest agent returned an invalid count of changed vCPUs: ${done}`);
    left = left.slice(done);
  }
}

const SUSPEND = {
  [NodeSuspendTarget.MEM]: { command: 'guest-suspend-ram', pm: ['suspend-to-mem'], events: ['SUSPEND'] },
  [NodeSuspendTarget.DISK]: {
    command: 'guest-suspend-disk',
    pm: ['suspend-to-disk'],
    events: ['SUSPEND_DISK', 'SHUTDOWN'],
  },
  [NodeSuspendTarget.HYBRID]: {
    command: 'guest-suspend-hybrid',
    pm: ['suspend-to-mem', 'suspend-to-disk'],
    events: ['SUSPEND'],
  },
} as const;
const STATES = { 'suspend-to-mem': 'S3', 'suspend-to-disk': 'S4' } as const;

/** What the agent in a guest does for its host. */
export const agentOps = (host: QemuHost) => {
  const { find } = jobsOf(host);

  async function passThrough(ref: DomainRef, text: string, timeout: number, call: CallContext): Promise<string> {
    const domain = find(ref);
    if (timeout < MIN_TIMEOUT)
      throw invalidArg(`guest agent timeout '${timeout}' is less than the minimum '${MIN_TIMEOUT}'`);
    void domain.running;
    let command: { execute?: unknown };
    try {
      command = JSON.parse(text) as typeof command;
    } catch (error) {
      throw internalError(`cannot parse json ${text}: ${(error as Error).message}`, error);
    }
    const name = typeof command.execute === 'string' ? command.execute : '';
    domain.running.taints.add('custom-ga-command');
    const reply = await agentPass(domain, name, text.replaceAll('\n', ' '), patienceOf(timeout, call));
    if (reply.error !== undefined)
      throw agentRefused(new AgentCommandError(name, reply.error.class ?? '', reply.error.desc ?? 'unknown error'));
    return JSON.stringify(reply);
  }

  async function suspend(ref: DomainRef, target: number, duration: bigint, call: CallContext): Promise<void> {
    const domain = find(ref);
    if (duration !== 0n) throw argumentUnsupported('Duration not supported. Use 0 for now');
    const how = SUSPEND[target as keyof typeof SUSPEND] as (typeof SUSPEND)[keyof typeof SUSPEND] | undefined;
    if (how === undefined) throw invalidArg(`Unknown suspend target: ${target}`);
    const { monitor } = domain.running;
    const machine = await monitor
      .execute<{ 'wakeup-suspend-support'?: boolean }>('query-current-machine', undefined, call)
      .catch((error: unknown) => {
        if (QmpCommandError.behind(error) === undefined) throw error;
        return {} as { 'wakeup-suspend-support'?: boolean };
      });
    if (machine['wakeup-suspend-support'] === false) throw operationUnsupported('Domain does not have suspend support');
    for (const one of how.pm)
      if (domain.def.pm?.[one]?.enabled === false)
        throw operationUnsupported(`${STATES[one]} state is disabled for this domain`);
    await agentCommandUntil(domain, how.command, undefined, how.events, call);
  }

  async function setTime(ref: DomainRef, seconds: bigint, nanoseconds: number, flags: number, call: CallContext) {
    const domain = find(ref);
    if (domain.live === undefined)
      throw operationUnsupported(
        "cannot set time: the guest's clock (rtc-reset-reinjection) is there only while it runs",
      );
    const { monitor } = domain.live;
    const time = seconds * SECOND + BigInt(nanoseconds);
    const sync = (flags & DomainSetTimeFlags.TIME_SYNC) !== 0;
    await agentCommand(domain, 'guest-set-time', sync ? undefined : { time }, call);
    // Ticks that the guest missed must not be made up for: it knows the time again.
    await monitor.execute('rtc-reset-reinjection', undefined, call).catch((error: unknown) => {
      if (QmpCommandError.behind(error)?.errorClass !== 'CommandNotFound') throw error;
    });
  }

  async function setGuestVcpus(ref: DomainRef, map: string, state: number, call: CallContext): Promise<void> {
    const domain = find(ref);
    if (state !== 0 && state !== 1) throw invalidArg(`unsupported state value '${state}': it is 0 or 1`);
    const ids = parseBitmap(map);
    if (ids === undefined)
      throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `Failed to parse bitmap '${map}'`);
    const known = new Map((await agentVcpus(domain, call)).map((one) => [one['logical-id'], one]));
    const missing = ids.filter((id) => !known.has(id));
    if (missing.length > 0) throw invalidArg(`guest is missing vCPUs '${formatBitmap(missing)}'`);
    if (state === 0)
      for (const id of ids)
        if (known.get(id)?.['can-offline'] !== true) throw operationUnsupported(`vCPU '${id}' is not offlinable`);
    await setAgentVcpus(domain, ids, state === 1, call);
  }

  return {
    domainQemuAgentCommand: (ref, text, timeout, _flags, call) => passThrough(ref, text, timeout, call),

    domainAgentSetResponseTimeout: (ref, timeout) => {
      if (timeout < MIN_TIMEOUT)
        throw invalidArg(`guest agent timeout '${timeout}' is less than the minimum '${MIN_TIMEOUT}'`);
      find(ref).agentTimeout = timeout;
    },

    domainPMSuspendForDuration: (ref, target, duration, _flags, call) => suspend(ref, target, duration, call),

    domainGetTime: async (ref, _flags, call) => {
      const time = BigInt(await agentCommand<number>(find(ref), 'guest-get-time', undefined, call));
      return { seconds: time / SECOND, nseconds: Number(time % SECOND) };
    },
    domainSetTime: (ref, seconds, nseconds, flags, call) => setTime(ref, seconds, nseconds, flags, call),

    domainSetUserPassword: async (ref, username, password, flags, call) => {
      const crypted = (flags & DomainSetUserPasswordFlags.PASSWORD_ENCRYPTED) !== 0;
      const encoded = Buffer.from(password ?? '', 'utf8').toString('base64');
      await agentCommand(find(ref), 'guest-set-user-password', { crypted, username, password: encoded }, call);
    },

    domainAuthorizedSSHKeysGet: async (ref, username, _flags, call) => {
      const reply = await agentCommand<{ keys: string[] }>(
        find(ref),
        'guest-ssh-get-authorized-keys',
        { username },
        call,
      );
      return reply.keys;
    },
    domainAuthorizedSSHKeysSet: async (ref, username, keys, flags, call) => {
      const { APPEND, REMOVE } = DomainAuthorizedSSHKeysSetFlags;
      if ((flags & REMOVE) !== 0)
        await agentCommand(find(ref), 'guest-ssh-remove-authorized-keys', { username, keys }, call);
      else {
        const reset = (flags & APPEND) === 0;
        await agentCommand(find(ref), 'guest-ssh-add-authorized-keys', { username, keys, reset }, call);
      }
    },

    domainGetGuestVcpus: async (ref, _flags, call) => {
      const vcpus = await agentVcpus(find(ref), call);
      const list = (wanted: (one: AgentVcpu) => boolean) =>
        formatBitmap(
          vcpus
            .filter(wanted)
            .map((one) => one['logical-id'])
            .sort((a, b) => a - b),
        );
      return new TypedParamsBuilder()
        .string(
          'vcpus',
          list(() => true),
        )
        .string(
          'online',
          list(({ online }) => online),
        )
        .string(
          'offlinable',
          list((one) => one['can-offline'] === true),
        ).params;
    },
    domainSetGuestVcpus: (ref, map, state, _flags, call) => setGuestVcpus(ref, map, state, call),
  } satisfies GuestOps & PassthroughOps & TuningOps;
};
