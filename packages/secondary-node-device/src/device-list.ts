import type { NodeDeviceCapability, NodeDeviceDef } from '@virtkit/core/conf';
import { type Clock, EventState, type HostFs, type NodeDeviceEvents } from '@virtkit/core/driver';
import { NodeDeviceEventLifecycleType as Life } from '@virtkit/core/util';
import { noDevice } from './node-device-errors.js';
import { PciNames } from './scan/pci-names.js';
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

/** The host's devices as sysfs has them. Read anew when asked for; watched only while somebody listens. */
export class DeviceList {
  readonly events = new EventState<NodeDeviceEvents>();
  readonly #names: PciNames;
  readonly #sysfs: Sysfs;
  #read: Promise<ReadonlyMap<string, NodeDeviceDef>> | undefined;
  #readAt = -Infinity;
  #known: ReadonlyMap<string, NodeDeviceDef> | undefined;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly hostFs: HostFs,
    private readonly clock: Clock,
  ) {
    this.#names = new PciNames(hostFs);
    this.#sysfs = new Sysfs(hostFs);
  }

  all(): Promise<ReadonlyMap<string, NodeDeviceDef>> {
    const now = this.clock.now();
    if (this.#read === undefined || now - this.#readAt > FRESH) {
      this.#readAt = now;
      this.#read = this.#scan();
    }
    return this.#read;
  }

  async byName(name: string): Promise<NodeDeviceDef> {
    const device = (await this.all()).get(name);
    if (device === undefined) throw noDevice(`no node device with matching name '${name}'`);
    return device;
  }

  async #scan(): Promise<ReadonlyMap<string, NodeDeviceDef>> {
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
    return new Map([system, ...devices].map((device) => [device.name, device]));
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
    for (const name of now.keys())
      if (!before.has(name)) this.events.emit(0, name, { dev: { name }, event: Life.CREATED, detail: 0 });
    for (const name of before.keys())
      if (!now.has(name)) this.events.emit(0, name, { dev: { name }, event: Life.DELETED, detail: 0 });
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
