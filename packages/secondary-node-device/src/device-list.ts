import type { NodeDeviceCapability, NodeDeviceDef } from '@virtkit/core/conf';
import {
  type Clock,
  type CommandRunner,
  EventState,
  type HostFs,
  type Log,
  type NodeDeviceEvents,
} from '@virtkit/core/driver';
import { NodeDeviceEventLifecycleType as Life } from '@virtkit/core/util';
import { noDevice } from './node-device-errors.js';
import { PciNames } from './scan/pci-names.js';
import { scanDefined } from './scan/scan-defined.js';
import {
  scanDrm,
  scanMatrix,
  scanMdev,
  scanNet,
  scanScsi,
  scanStorage,
  scanSystem,
  scanUsb,
} from './scan/scan-others.js';
import { scanPci } from './scan/scan-pci.js';
import { Sysfs } from './scan/sysfs.js';

/** Milliseconds for which what was read is taken for what is. */
const FRESH = 500;
/** Milliseconds between looks while somebody wants to hear of changes. */
const INTERVAL = 2000;

/** virNodeDeviceObj: a device, and whether it is there. */
export interface Device {
  readonly def: NodeDeviceDef;
  readonly active: boolean;
  /** It comes back: hardware does by itself, what is made where it is defined. */
  readonly persistent: boolean;
  readonly autostart: boolean;
}

type Devices = ReadonlyMap<string, Device>;

/** The host's devices as sysfs has them, and mediated ones that are only defined. Read anew when asked for; watched only while somebody listens. */
export class DeviceList {
  readonly events = new EventState<NodeDeviceEvents>();
  readonly #names: PciNames;
  readonly #sysfs: Sysfs;
  #read: Promise<Devices> | undefined;
  #readAt = -Infinity;
  #known: Devices | undefined;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly hostFs: HostFs,
    private readonly clock: Clock,
    private readonly commands: CommandRunner,
    private readonly log: Log,
  ) {
    this.#names = new PciNames(hostFs);
    this.#sysfs = new Sysfs(hostFs);
  }

  all(): Promise<Devices> {
    const now = this.clock.now();
    if (this.#read === undefined || now - this.#readAt > FRESH) {
      this.#readAt = now;
      this.#read = this.#scan();
    }
    return this.#read;
  }

  /** After a change: what was read is not taken for what is. */
  forget(): void {
    this.#read = undefined;
  }

  async byName(name: string): Promise<Device> {
    const device = (await this.all()).get(name);
    if (device === undefined) throw noDevice(`no node device with matching name '${name}'`);
    return device;
  }

  async #scan(): Promise<Devices> {
    const sysfs = this.#sysfs;
    const groups = await Promise.all([
      scanPci(sysfs, this.hostFs, this.#names),
      scanUsb(sysfs),
      scanScsi(sysfs),
      scanStorage(sysfs),
      scanNet(sysfs),
      scanDrm(sysfs),
      scanMdev(sysfs),
      scanMatrix(sysfs),
    ]);
    const devices = groups.flat();
    const byPath = new Map(devices.map((device) => [device.path, device.name]));
    for (const device of devices) device.parent = { name: parentOf(device.path ?? '', byPath) };
    const system = await scanSystem(sysfs);
    const defined = new Map(
      (await scanDefined(sysfs, this.commands, this.log, devices)).map((one) => [one.def.name, one]),
    );
    const there = [system, ...devices].map((def): [string, Device] => {
      const made = def.capability.some(({ type }) => type === 'mdev');
      const known = defined.get(def.name);
      defined.delete(def.name);
      const autostart = known?.autostart ?? !made;
      return [def.name, { def, active: true, persistent: known !== undefined || !made, autostart }];
    });
    const absent = [...defined].map(([name, { def, autostart }]): [string, Device] => [
      name,
      { def, active: false, persistent: true, autostart },
    ]);
    return new Map([...there, ...absent]);
  }

  /** Looks for changes while there are listeners. */
  watch(): void {
    if (this.#cancel !== undefined) return;
    const look = (): void => {
      void this.#compare().finally(() => {
        this.#cancel = this.events.registrations > 0 ? this.clock.schedule(INTERVAL, look) : undefined;
      });
    };
    this.#cancel = this.clock.schedule(0, look);
  }

  async #compare(): Promise<void> {
    const now = await this.all().catch(() => undefined);
    const before = this.#known;
    this.#known = now;
    if (now === undefined || before === undefined) return;
    const tell = (name: string, event: number): void => this.events.emit(0, name, { dev: { name }, event, detail: 0 });
    for (const name of new Set([...before.keys(), ...now.keys()])) {
      const [was, is] = [before.get(name), now.get(name)];
      if (was?.active !== true && is?.active === true) tell(name, Life.CREATED);
      if (was?.active === true && is?.active !== true) tell(name, Life.DELETED);
      if (was === undefined && is?.active === false) tell(name, Life.DEFINED);
      if (was?.active === false && is === undefined) tell(name, Life.UNDEFINED);
    }
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/** udevSetParent: the nearest device above that is one of ours. */
function parentOf(path: string, byPath: ReadonlyMap<string | undefined, string>): string {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const name = byPath.get(path.slice(0, at));
    if (name !== undefined) return name;
  }
  return 'computer';
}

/** virNodeDeviceListCaps: what a device is, and what it can besides. */
export function capabilityNames(device: NodeDeviceDef): string[] {
  return device.capability.flatMap((capability) => [
    capability.type,
    ...((capability as { capability?: { type: string }[] }).capability ?? []).flatMap(({ type }) =>
      NESTED.has(type) ? [NESTED.get(type) as string] : [],
    ),
  ]);
}

/** Abilities that count as capabilities of their own. */
const NESTED: ReadonlyMap<string, NodeDeviceCapability['type'] | 'mdev_types' | 'fc_host' | 'vports' | 'vpd'> = new Map(
  [
    ['mdev_types', 'mdev_types'],
    ['fc_host', 'fc_host'],
    ['vport_ops', 'vports'],
    ['vpd', 'vpd'],
  ],
);
