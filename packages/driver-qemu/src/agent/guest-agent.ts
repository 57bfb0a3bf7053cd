import type { DomainDef } from '@virtkit/core/conf';
import type { CallContext } from '@virtkit/core/driver';
import { DomainState, ErrorDomain, JobQueue } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { argumentUnsupported, operationInvalid } from '../errors.js';
import { AgentConnection, type AgentPatience, type AgentReply } from './agent-connection.js';
import { agentUnresponsive } from './errors.js';

type Channel = DomainDef['devices']['channel'][number];

const NAME = 'org.qemu.guest_agent.0';

/** The channel on which a guest's agent listens, if the definition has one. */
export function agentChannel({ devices }: DomainDef): Channel | undefined {
  return devices.channel.find(({ target }) => target.type === 'virtio' && target.name === NAME);
}

/** Where the host's end of that channel is. */
const agentPath = (channel: Channel): string | undefined =>
  channel.type === 'unix' ? channel.source?.path : undefined;

/** How long synchronising may take, in ms, whatever a client allows for the command. */
const SYNC = 5_000;

/** How long a guest may take to come down, in ms. */
const COMING_DOWN = 60_000;

/** virDomainAgentResponseTimeoutValues */
const BLOCK = -2;
const DEFAULT = -1;

/** A client's seconds (or one of the negative values) as patience. */
export function patienceOf(seconds: number, call: CallContext): AgentPatience {
  const answer = seconds === BLOCK ? undefined : seconds === DEFAULT ? SYNC : seconds * 1000;
  return { signal: call.signal, sync: Math.min(SYNC, answer ?? SYNC), answer };
}

/** What a running guest knows of its agent. */
export class GuestAgent {
  /** Commands wait for one another here: an agent that does not answer is in the way of nothing else. */
  readonly jobs = new JobQueue(ErrorDomain.QEMU);
  #connection: Promise<AgentConnection> | undefined;

  /** The agent in the guest has opened its end of the channel, or closed it. */
  setConnected(path: string | undefined, connected: boolean): void {
    if (connected) {
      // Taken at once: an agent in older guests looks only for a moment whether anybody listens.
      if (path !== undefined) this.#open(path).catch(() => undefined);
    } else this.close();
  }

  async connection(path: string): Promise<AgentConnection> {
    const open = await this.#open(path);
    if (open.open) return open;
    this.#connection = undefined;
    return this.#open(path);
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.then(
      (open) => open.close(),
      () => undefined,
    );
  }

  #open(path: string): Promise<AgentConnection> {
    if (this.#connection === undefined) {
      const opening = AgentConnection.open(path);
      this.#connection = opening;
      opening.catch(() => {
        if (this.#connection === opening) this.#connection = undefined;
      });
    }
    return this.#connection;
  }
}

/**
 * qemuDomainAgentAvailable: where to reach the agent of a guest that runs. Raises OPERATION_INVALID for a guest that does not,
 * ARGUMENT_UNSUPPORTED for one without an agent's channel, AGENT_UNRESPONSIVE while no agent listens.
 */
function agentOf(domain: QemuDomain): { agent: GuestAgent; path: string } {
  const { agent } = domain.running;
  if (domain.status.state !== DomainState.RUNNING) throw operationInvalid('domain is not running');
  const channel = agentChannel(domain.def);
  const path = channel === undefined ? undefined : agentPath(channel);
  if (channel === undefined || path === undefined) throw argumentUnsupported('QEMU guest agent is not configured');
  if (channel.target.type !== 'virtio' || channel.target.state !== 'connected')
    throw agentUnresponsive('QEMU guest agent is not connected');
  return { agent, path };
}

/** True where a command could be sent now. */
export function agentAvailable(domain: QemuDomain): boolean {
  try {
    agentOf(domain);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command of the agent in a guest, with the patience that the domain has been told to have. */
export async function agentCommand<Reply = unknown>(
  domain: QemuDomain,
  command: string,
  args: Readonly<Record<string, unknown>> | undefined,
  call: CallContext,
): Promise<Reply> {
  const { agent } = agentOf(domain);
  return agent.jobs.run(
    command,
    async () => {
      const connection = await agent.connection(agentOf(domain).path);
      return connection.execute<Reply>(command, args, patienceOf(domain.agentTimeout, call));
    },
    call,
  );
}

/** Passes on what a client wants to say to the agent. */
export async function agentPass(
  domain: QemuDomain,
  command: string,
  text: string,
  patience: AgentPatience,
): Promise<AgentReply> {
  const { agent } = agentOf(domain);
  return agent.jobs.run(
    command,
    async () => (await agent.connection(agentOf(domain).path)).pass(command, text, patience),
    { signal: patience.signal },
  );
}

/**
 * A command after which the guest is not there to answer: done when what it asked for begins (`event`), or when the agent
 * refuses it.
 */
export async function agentCommandUntil(
  domain: QemuDomain,
  command: string,
  args: Readonly<Record<string, unknown>> | undefined,
  events: readonly string[],
  call: CallContext,
): Promise<void> {
  const { agent } = agentOf(domain);
  const { monitor } = domain.running;
  let stop: () => void = () => undefined;
  const begun = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(agentUnresponsive(`Guest agent not available for now (nothing came of '${command}')`)),
      COMING_DOWN,
    );
    const unlisten = monitor.onEvent(({ event }) => {
      if (events.includes(event)) resolve();
    });
    monitor.onClose(() => resolve());
    stop = () => {
      clearTimeout(timer);
      unlisten();
    };
  });
  begun.catch(() => undefined);
  try {
    await agent.jobs.run(
      command,
      async () => {
        const connection = await agent.connection(agentOf(domain).path);
        // An answer without an error says that it has been set in motion.
        const answer = connection.execute(command, args, patienceOf(BLOCK, call)).then(
          () => begun,
          (error: unknown) => {
            // A guest on its way down takes the channel along.
            if (connection.open) throw error;
            return begun;
          },
        );
        await Promise.race([begun, answer]);
      },
      call,
    );
  } finally {
    stop();
  }
}

/** The definition with the state of one of its channels. */
export function withChannelState(def: DomainDef, alias: string, connected: boolean): DomainDef | undefined {
  const state = connected ? 'connected' : 'disconnected';
  const channel = def.devices.channel.find((one) => one.alias?.name === alias);
  if (channel?.target.type !== 'virtio' || channel.target.state === state) return undefined;
  const changed = def.devices.channel.map((one) =>
    one === channel ? ({ ...one, target: { ...one.target, state } } as Channel) : one,
  );
  return { ...def, devices: { ...def.devices, channel: changed } };
}

/** The definition with nothing known of its channels, or all of them in one state, as those of a guest that begins. */
export function withoutChannelStates(def: DomainDef, state?: 'disconnected'): DomainDef {
  if (!def.devices.channel.some(({ target }) => target.type === 'virtio')) return def;
  const channel = def.devices.channel.map((one) => {
    if (one.target.type !== 'virtio') return one;
    const { state: _, ...target } = one.target;
    return { ...one, target: state === undefined ? target : { ...target, state } } as Channel;
  });
  return { ...def, devices: { ...def.devices, channel } };
}
