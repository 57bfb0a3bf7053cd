import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  confContext,
  formatNetwork,
  formatNetworkPort,
  type NetworkDef,
  type NetworkPortDef,
  parseNetwork,
  parseNetworkPort,
} from '@virtkit/core/conf';
import {
  DefinitionStore,
  EventState,
  fileNameOf,
  type NetworkEvents,
  type ScopedState,
  type ScopeServices,
} from '@virtkit/core/driver';
import { ErrorDomain, JobQueue, NetworkEventLifecycleType as Life, writeFileAtomic } from '@virtkit/core/util';
import { completeNetwork } from './complete-network.js';
import { failed, invalid, noNetwork } from './network-errors.js';
import { Network } from './network.js';
import { NetworkRuntime } from './runtime/network-runtime.js';
import { validateNetwork } from './validate-network.js';

const LIVE = confContext({ live: true });

/** Ends the names of files about networks that are being started or stopped. */
const UNFINISHED = '.unfinished';

/** virNetworkObjList: the networks of one scope, on disk and running. */
export class NetworkList implements ScopedState {
  readonly events = new EventState<NetworkEvents>();
  readonly runtime: NetworkRuntime;
  readonly #networks = new Map<string, Network>();
  readonly #jobs = new JobQueue(ErrorDomain.NETWORK);
  readonly #store: DefinitionStore;

  constructor(private readonly services: ScopeServices) {
    this.#store = new DefinitionStore(services.dirs.etc, {
      log: services.log,
      domain: ErrorDomain.NETWORK,
      what: 'network',
    });
    this.runtime = new NetworkRuntime(services);
  }

  get active(): boolean {
    return this.all().some(({ active }) => active);
  }

  async load(): Promise<void> {
    await this.#undoUnfinished();
    await this.#loadStatus();
    for (const { definition, autostart } of await this.#store.load((text) => parseNetwork(text))) {
      const known = this.#networks.get(definition.uuid);
      if (known === undefined && this.find(definition.name) !== undefined) continue;
      const network = known ?? new Network(definition);
      if (network.active) network.newDef = definition;
      else network.def = definition;
      network.persistent = true;
      network.autostart = autostart;
      this.#networks.set(definition.uuid, network);
    }
    for (const network of this.all()) {
      if (!network.autostart || network.active) continue;
      await this.start(network).catch((error: unknown) => {
        this.services.log.error(`cannot start network ${network.name}: ${(error as Error).message}`);
      });
    }
  }

  /** What the last process was about to start or stop when it was killed. */
  async #undoUnfinished(): Promise<void> {
    const { run } = this.services.dirs;
    for (const file of (await readdir(run).catch(() => [])).filter((name) => name.endsWith(UNFINISHED))) {
      const path = join(run, file);
      try {
        const def = parseNetwork(await readFile(path, 'utf8'), LIVE);
        this.services.log.warning(`network ${def.name} was left half way: what there is of it is taken away`);
        await this.runtime.takeAway(def);
        await this.#forgetStatus(def.name);
        await rm(path, { force: true });
      } catch (error) {
        this.services.log.error(`cannot undo ${path}, which is left as it is: ${(error as Error).message}`);
      }
    }
  }

  /** Work on the host of which nothing stays behind, whenever this process is killed. */
  async #whole(def: NetworkDef, work: () => Promise<void>): Promise<void> {
    const path = join(this.services.dirs.run, `${fileNameOf(def.name)}${UNFINISHED}`);
    await writeFileAtomic(path, formatNetwork(def, LIVE));
    try {
      await work();
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Networks that were running when the last process ended. */
  async #loadStatus(): Promise<void> {
    const { run } = this.services.dirs;
    for (const file of (await readdir(run).catch(() => [])).filter((name) => name.endsWith('.xml'))) {
      const path = join(run, file);
      try {
        const text = withinStatus(await readFile(path, 'utf8'));
        const network = new Network(parseNetwork(text, LIVE));
        if (!(await this.runtime.isThere(network.def))) {
          await this.#forgetStatus(network.name);
          continue;
        }
        network.active = true;
        await this.#loadPorts(network);
        this.#networks.set(network.uuid, network);
      } catch (error) {
        this.services.log.error(`cannot load ${path}, which is left as it is: ${(error as Error).message}`);
      }
    }
  }

  async #loadPorts(network: Network): Promise<void> {
    const folder = this.#portsFolder(network.name);
    for (const file of await readdir(folder).catch(() => [])) {
      if (!file.endsWith('.xml')) continue;
      try {
        const port = parseNetworkPort(await readFile(join(folder, file), 'utf8'));
        network.ports.set(port.uuid, port);
      } catch (error) {
        this.services.log.error(`cannot load port ${file} of network ${network.name}: ${(error as Error).message}`);
      }
    }
  }

  #portsFolder(name: string): string {
    return join(this.services.dirs.run, `${fileNameOf(name)}.ports`);
  }

  #statusPath(name: string): string {
    return join(this.services.dirs.run, `${fileNameOf(name)}.xml`);
  }

  async saveStatus(network: Network): Promise<void> {
    const indented = formatNetwork(network.def, LIVE).replace(/^(?=.)/gm, '  ');
    await writeFileAtomic(this.#statusPath(network.name), `<networkstatus>\n${indented}</networkstatus>\n`);
  }

  async savePort(network: Network, port: NetworkPortDef): Promise<void> {
    await mkdir(this.#portsFolder(network.name), { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(this.#portsFolder(network.name), `${port.uuid}.xml`), formatNetworkPort(port));
  }

  async forgetPort(network: Network, uuid: string): Promise<void> {
    await rm(join(this.#portsFolder(network.name), `${uuid}.xml`), { force: true });
  }

  async #forgetStatus(name: string): Promise<void> {
    await rm(this.#portsFolder(name), { recursive: true, force: true });
    await rm(this.#statusPath(name), { force: true });
  }

  all(): Network[] {
    return [...this.#networks.values()];
  }

  find(name: string): Network | undefined {
    return this.all().find((network) => network.name === name);
  }

  byName(name: string): Network {
    const network = this.find(name);
    if (network === undefined) throw noNetwork(`no network with matching name '${name}'`);
    return network;
  }

  byUuid(uuid: string, name?: string): Network {
    const network = this.#networks.get(uuid);
    if (network === undefined)
      throw noNetwork(`no network with matching uuid '${uuid}'${name === undefined ? '' : ` (${name})`}`);
    return network;
  }

  /** networkDefineXMLFlags: checked, on disk, then told. */
  define(def: NetworkDef): Promise<Network> {
    return this.#jobs.run('define', async () => {
      this.#complete(def);
      const known = this.#claim(def, false);
      await this.#store.save(def.name, formatNetwork(def));
      const network = known ?? new Network(def);
      network.persistent = true;
      if (network.active) network.newDef = def;
      else network.def = def;
      this.#networks.set(def.uuid, network);
      this.told(network, Life.DEFINED);
      return network;
    });
  }

  /** networkCreateXMLFlags: a network that is gone once it is stopped, or one that is defined already. */
  create(def: NetworkDef): Promise<Network> {
    return this.#jobs.run('create', async () => {
      this.#complete(def);
      const known = this.#claim(def, true);
      const network = known ?? new Network(def);
      if (known !== undefined) {
        known.newDef = known.persistent ? known.def : undefined;
        known.def = def;
      }
      this.#networks.set(def.uuid, network);
      try {
        await this.#start(network);
      } catch (error) {
        if (known === undefined) this.#networks.delete(def.uuid);
        else if (known.newDef !== undefined) {
          known.def = known.newDef;
          known.newDef = undefined;
        }
        throw error;
      }
      return network;
    });
  }

  #complete(def: NetworkDef): void {
    completeNetwork(def, {
      ofNetwork: (bridge) =>
        this.all().some(
          ({ name, def: own, newDef }) =>
            name !== def.name && (own.bridge?.name === bridge || newDef?.bridge?.name === bridge),
        ),
      ofHost: (bridge) => existsSync(this.services.hostFs.path(`/sys/class/net/${bridge}`)),
    });
    validateNetwork(def, {
      isVirtualFunction: (address) => existsSync(this.services.hostFs.path(`/sys/bus/pci/devices/${address}/physfn`)),
    });
  }

  /** virNetworkObjAssignDef's check: a name and a UUID belong together. */
  #claim(def: NetworkDef, toStart: boolean): Network | undefined {
    const known = this.#networks.get(def.uuid);
    if (known === undefined) {
      const other = this.find(def.name);
      if (other !== undefined) throw failed(`network '${def.name}' already exists with uuid ${other.uuid}`);
      return undefined;
    }
    if (known.name !== def.name) throw failed(`network '${known.name}' is already defined with uuid ${def.uuid}`);
    if (toStart && known.active) throw invalid(`network is already active as '${known.name}'`);
    return known;
  }

  start(network: Network): Promise<void> {
    return network.jobs.run('start', () => this.#start(network));
  }

  async #start(network: Network): Promise<void> {
    if (network.active) throw invalid('network is already active');
    const before = network.def;
    const live = liveDefinition(before);
    await this.#whole(live, async () => {
      await this.runtime.start(live);
      try {
        network.def = live;
        await this.saveStatus(network);
      } catch (error) {
        network.def = before;
        await this.runtime.stop(live);
        throw error;
      }
    });
    if (network.persistent) network.newDef ??= before;
    network.active = true;
    this.told(network, Life.STARTED);
  }

  stop(network: Network): Promise<void> {
    return network.jobs.run('stop', async () => {
      if (!network.active) throw invalid(`network '${network.name}' is not active`);
      await this.#whole(network.def, async () => {
        await this.runtime.stop(network.def);
        await this.#forgetStatus(network.name);
      });
      network.active = false;
      network.ports.clear();
      if (network.newDef !== undefined) network.def = network.newDef;
      network.newDef = undefined;
      this.told(network, Life.STOPPED);
      if (!network.persistent) this.#networks.delete(network.uuid);
    });
  }

  undefine(network: Network): Promise<void> {
    return network.jobs.run('undefine', async () => {
      if (!network.persistent) throw invalid("can't undefine transient network");
      await this.#store.remove(network.name);
      network.persistent = false;
      network.autostart = false;
      network.newDef = undefined;
      if (!network.active) this.#networks.delete(network.uuid);
      this.told(network, Life.UNDEFINED);
    });
  }

  setAutostart(network: Network, autostart: boolean): Promise<void> {
    return network.jobs.run('autostart', async () => {
      if (!network.persistent) throw invalid('cannot set autostart for transient network');
      await this.#store.setAutostart(network.name, autostart);
      network.autostart = autostart;
    });
  }

  /** Writes a changed configuration, which then counts. */
  async saveConfig(network: Network, def: NetworkDef): Promise<void> {
    await this.#store.save(def.name, formatNetwork(def));
    if (network.active) network.newDef = def;
    else network.def = def;
  }

  told(network: Network, event: number): void {
    this.events.emit(0, network.uuid, { net: network.ref, event, detail: 0 });
  }
}

/** What a network is once it runs: the ports that NAT uses are said. */
function liveDefinition(def: NetworkDef): NetworkDef {
  const live = structuredClone(def);
  const { forward } = live;
  if (forward?.mode !== 'nat') return live;
  const nat = forward.nat?.[0] ?? { address: [], port: [] };
  if (nat.port.length === 0) forward.nat = [{ ...nat, port: [{ start: '1024', end: '65535' }] }];
  return live;
}

/** The network's own document within a status file. */
function withinStatus(text: string): string {
  const start = text.search(/<network[\s>]/);
  const end = text.lastIndexOf('</network>');
  return start < 0 || end < start ? text : text.slice(start, end + '</network>'.length);
}
