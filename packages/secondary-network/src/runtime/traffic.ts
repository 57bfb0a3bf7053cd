import { hasOwnBridge, type NetworkDef, type NetworkPortDef } from '@virtkit/core/conf';
import type { CommandRunner, Log } from '@virtkit/core/driver';
import {
  addPortClass,
  changeClass,
  clearLimits,
  FIRST_PORT_CLASS,
  limitBridge,
  removePortClass,
  shareRest,
  type TrafficCommand,
} from '../config/index.js';
import type { Network } from '../network.js';

/** Limits of bandwidth on networks' bridges, by `tc`. */
export class Traffic {
  constructor(
    private readonly commands: CommandRunner,
    private readonly log: Log,
  ) {}

  async limit(def: NetworkDef): Promise<void> {
    const device = def.bridge?.name;
    if (device === undefined || !isLimited(def)) return;
    await this.#try(clearLimits(device));
    await this.#run(limitBridge(device, def.bandwidth ?? {}));
  }

  async clear(def: NetworkDef): Promise<void> {
    const device = def.bridge?.name;
    if (device !== undefined && isLimited(def)) await this.#try(clearLimits(device));
  }

  /** networkPlugBandwidth: the port gets a class where it has a floor. */
  async plug(network: Network, port: NetworkPortDef): Promise<void> {
    const inbound = port.bandwidth?.inbound;
    const limits = limitsOf(network.def);
    if (limits === undefined || !inbound?.floor) return;
    const id = freeClass(network);
    const { device, rate } = limits;
    try {
      await this.#run([
        ...addPortClass({ device, id, mac: port.mac.address, inbound, network: rate }),
        shareRest(device, rate, floorsOf(network) + inbound.floor),
      ]);
    } catch (error) {
      await this.#try(removePortClass(device, id));
      throw error;
    }
    port.bandwidth = { ...port.bandwidth, classID: id };
  }

  /** networkUnplugBandwidth; `floors` are those of the other ports. */
  async unplug(network: Network, { bandwidth }: NetworkPortDef, floors = floorsOf(network)): Promise<void> {
    const limits = limitsOf(network.def);
    if (limits === undefined || !bandwidth?.classID) return;
    const { device, rate } = limits;
    await this.#try([...removePortClass(device, bandwidth.classID), shareRest(device, rate, floors)]);
  }

  /** networkUpdatePortBandwidth: `port` has the new limits, `before` those that it had. */
  async change(network: Network, port: NetworkPortDef, before: NetworkPortDef): Promise<void> {
    const limits = limitsOf(network.def);
    const { classID: id, inbound: old } = before.bandwidth ?? {};
    const floor = port.bandwidth?.inbound?.floor;
    if (limits === undefined || !floor || !id) {
      if (id) await this.unplug(network, before, floorsOf(network) - (old?.floor ?? 0));
      await this.plug(network, port);
      return;
    }
    const { device, rate } = limits;
    const floors = floorsOf(network) - (old?.floor ?? 0) + floor;
    await this.#run([changeClass(device, id, rate, floor), shareRest(device, rate, floors)]);
    port.bandwidth = { ...port.bandwidth, classID: id };
  }

  async #run(commands: readonly TrafficCommand[]): Promise<void> {
    for (const args of commands) await this.commands.run('tc', args);
  }

  async #try(commands: readonly TrafficCommand[]): Promise<void> {
    for (const args of commands)
      await this.commands.run('tc', args).catch((error: unknown) => this.log.debug((error as Error).message));
  }
}

const isLimited = ({ bandwidth }: NetworkDef): boolean =>
  bandwidth?.inbound !== undefined || bandwidth?.outbound !== undefined;

function limitsOf(def: NetworkDef): { device: string; rate: { average?: number; peak?: number } } | undefined {
  const { inbound } = def.bandwidth ?? {};
  const device = def.bridge?.name;
  return hasOwnBridge(def) && inbound !== undefined && device !== undefined ? { device, rate: inbound } : undefined;
}

/** What the ports have been promised. */
export const floorsOf = ({ ports }: Network): number =>
  [...ports.values()].reduce(
    (sum, { bandwidth }) => sum + (bandwidth?.classID ? (bandwidth.inbound?.floor ?? 0) : 0),
    0,
  );

function freeClass({ ports }: Network): number {
  const taken = new Set([...ports.values()].map(({ bandwidth }) => bandwidth?.classID));
  let id = FIRST_PORT_CLASS;
  while (taken.has(id)) id++;
  return id;
}
