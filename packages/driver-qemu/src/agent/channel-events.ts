import type { DomainDef } from '@virtkit/core/conf';
import {
  ConnectDomainEventAgentLifecycleReason as Reason,
  ConnectDomainEventAgentLifecycleState as State,
  DomainEventID,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { QmpConnection } from '../qmp/index.js';
import { agentChannel, withChannelState } from './guest-agent.js';

/** A program in the guest has opened or closed a virtio channel: its state is told, and the agent's followed. */
export function channelChanged(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  alias: string,
  connected: boolean,
  reason: number = Reason.CHANNEL,
): void {
  const changed = withChannelState(domain.def, alias, connected);
  if (changed === undefined) return;
  domain.def = changed;
  host.saveStatusLater(domain);
  const agent = agentChannel(changed);
  if (agent?.alias?.name !== alias) return;
  live.agent.setConnected(agent.type === 'unix' ? agent.source?.path : undefined, connected);
  host.events.emit(DomainEventID.AGENT_LIFECYCLE, domain.uuid, {
    dom: domain.ref,
    state: connected ? State.CONNECTED : State.DISCONNECTED,
    reason,
  });
}

/** qemuProcessRefreshChannelVirtioState: the states of channels, which QEMU tells only when they change. */
async function channelStates(monitor: QmpConnection, { devices }: DomainDef): Promise<ReadonlyMap<string, boolean>> {
  const aliases = devices.channel.flatMap(({ target, alias }) =>
    target.type === 'virtio' && alias !== undefined ? [alias.name] : [],
  );
  if (aliases.length === 0) return new Map();
  const chardevs = await monitor.execute<{ label: string; 'frontend-open': boolean }[]>('query-chardev');
  const open = new Map(chardevs.map((one) => [one.label, one['frontend-open']]));
  return new Map(aliases.map((alias) => [alias, open.get(`char${alias}`) === true]));
}

/** Takes the states of all channels, as at the start of a guest or when it is found running. */
export async function refreshChannels(host: QemuHost, domain: QemuDomain, live: LiveDomain): Promise<void> {
  for (const [alias, connected] of await channelStates(live.monitor, domain.def))
    channelChanged(host, domain, live, alias, connected, Reason.DOMAIN_STARTED);
}
