import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hasOwnBridge, type NetworkDef } from '@virtkit/core/conf';
import { UndoStack } from '@virtkit/core/util';
import type { ScopeServices } from '@virtkit/core/driver';
import { internalError } from '../network-errors.js';
import { Bridge } from './bridge.js';
import { Dnsmasq } from './dnsmasq.js';
import { Firewall } from './firewall.js';
import { expandPool } from './forward-pool.js';
import { checkRouteCollision } from './route-collision.js';
import { Traffic } from './traffic.js';

/** Brings networks about on this host: bridge, addresses, rules, dnsmasq; and takes them away again. */
export class NetworkRuntime {
  readonly traffic: Traffic;
  readonly #bridge: Bridge;
  readonly #firewall: Firewall;
  readonly #dnsmasq: Dnsmasq;

  constructor(private readonly services: ScopeServices) {
    const { commands, log, dirs } = services;
    this.traffic = new Traffic(commands, log);
    this.#bridge = new Bridge(commands);
    this.#firewall = new Firewall(commands, log);
    this.#dnsmasq = new Dnsmasq(commands, dirs, log);
  }

  /** networkStartNetwork. What was done is undone where a later step fails. `def` is told what was found out. */
  async start(def: NetworkDef): Promise<void> {
    if (!hasOwnBridge(def)) {
      await expandPool(def, this.services.hostFs);
      await this.traffic.limit(def);
      return;
    }
    const zone = def.bridge?.zone;
    // Rules are iptables' here: a zone that nobody would put the bridge into must not be taken for protection.
    if (zone !== undefined)
      throw internalError(`zone ${zone} requested for network ${def.name} but firewalld is not active`);
    await checkRouteCollision(def, this.services.hostFs);
    const undo = new UndoStack();
    try {
      undo.push(() => this.#firewall.remove(def));
      await both(
        this.#bridge.create(def).then(() => undo.push(() => this.#bridge.remove(def))),
        this.#firewall.add(def),
      );
      await this.#bridge.bringUp(def);
      undo.push(() => this.#dnsmasq.stop(def));
      await this.#dnsmasq.start(def);
      await this.traffic.limit(def);
    } catch (error) {
      await undo.run((failure) => this.services.log.warning(`network ${def.name}: ${(failure as Error).message}`));
      throw error;
    }
  }

  /** networkShutdownNetwork */
  async stop(def: NetworkDef): Promise<void> {
    await this.traffic.clear(def);
    if (!hasOwnBridge(def)) return;
    await this.#dnsmasq.stop(def);
    await both(this.#firewall.remove(def), this.#bridge.remove(def));
  }

  /** What there is of a network after a start or a stop that was cut off; a bridge that others have made is left alone. */
  async takeAway(def: NetworkDef): Promise<void> {
    if (!hasOwnBridge(def) || (await this.#hasMadeBridge(def))) return this.stop(def);
    await this.#dnsmasq.stop(def);
    await this.#firewall.remove(def);
  }

  /** A bridge is known by the address that its network gave it. */
  async #hasMadeBridge({ bridge, mac }: NetworkDef): Promise<boolean> {
    const file = this.services.hostFs.path(`/sys/class/net/${bridge?.name}/address`);
    const address = await readFile(file, 'latin1').catch(() => '');
    return address.trim() === mac?.address;
  }

  /** networkUpdate's live part; `before` is what the network was. */
  async refresh(def: NetworkDef, before: NetworkDef): Promise<void> {
    if (!hasOwnBridge(def)) return;
    await this.#firewall.change(before, def);
    await this.#dnsmasq.refresh(def);
  }

  /** Whether what a status file speaks of is still there. */
  async isThere(def: NetworkDef): Promise<boolean> {
    return !hasOwnBridge(def) || existsSync(this.services.hostFs.path(`/sys/class/net/${def.bridge?.name}`));
  }

  /** The file in which dnsmasq keeps its leases. */
  leaseFile(def: NetworkDef): string {
    return this.#dnsmasq.leaseFile(def.name);
  }
}

/** Waits for both, also where one fails: what is to be undone must have come to its end. */
async function both(...steps: readonly [Promise<unknown>, Promise<unknown>]): Promise<void> {
  for (const result of await Promise.allSettled(steps)) if (result.status === 'rejected') throw result.reason;
}
