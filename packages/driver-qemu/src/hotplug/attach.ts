import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  copyDef,
  type DiskDef,
  type DomainDef,
  type DomainDevice,
  domainDevices,
  type DomainXmlOption,
  imagePath,
  type InterfaceDef,
  parseDomainDevice,
  postParseDomain,
} from '@virtkit/core/conf';
import { DomainEventID, ErrorDomain, LibvirtError, UndoStack } from '@virtkit/core/util';
import { hostPci, assignAddresses } from '../addresses/index.js';
import {
  blockdevCopyOnRead,
  blockdevNodes,
  type BlockImage,
  copyOnReadNode,
  imageChain,
  imagesOf,
  numberedNames,
  numberOf,
  topNode,
} from '../block/index.js';
import { highestIndex, removeNodes } from '../block-jobs/index.js';
import { withBackingChains } from '../domain/backing-chain.js';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { readLiveFacts, withLiveFacts } from '../domain/model.js';
import { nameTaps, plugTaps } from '../domain/taps.js';
import { throttleArguments } from '../domain/throttle.js';
import { configUnsupported, internalError, operationUnsupported, xmlError } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { QmpConnection } from '../qmp/index.js';
import { argumentsBetween, type DeviceArguments, liveContext } from './arguments.js';
import { chardevBackend } from './chardev-backend.js';
import { kindName } from './kinds.js';

type Device = DomainDevice & { device: { alias?: { name: string }; address?: { type?: string; bus?: number } } };

/** Prefixes of the names of devices that can be attached, where they are numbered. */
const PREFIXES: Readonly<Record<string, string>> = {
  interface: 'net',
  rng: 'rng',
  channel: 'channel',
  serial: 'serial',
  parallel: 'parallel',
  console: 'console',
  input: 'input',
  watchdog: 'watchdog',
  shmem: 'shmem',
  redirdev: 'redir',
};

const ATTACHABLE = new Set(['disk', 'controller', 'vsock', ...Object.keys(PREFIXES)]);

/** Buses from which disks can be taken while a guest runs, as far as we know without asking it. */
const DISK_BUSES = new Set(['virtio', 'scsi', 'usb', 'sata', 'ide']);

function refuseUnattachable({ kind, device }: DomainDevice): void {
  if (kind === 'filesystem') throw operationUnsupported('only virtiofs filesystems can be hotplugged');
  if (!ATTACHABLE.has(kind)) throw operationUnsupported(`live attach of device '${kindName(kind)}' is not supported`);
  if (kind === 'controller' && device.type !== 'scsi')
    throw operationUnsupported(`'${device.type}' controller cannot be hot plugged.`);
  if (kind === 'disk') {
    if (!DISK_BUSES.has(device.target?.bus ?? ''))
      throw internalError(`Invalid bus type '${device.target?.bus ?? ''}' for disk`);
    if (device.source?.encryption !== undefined || device.source?.auth !== undefined)
      throw configUnsupported(
        `disk '${device.target?.dev ?? ''}' needs a secret, and cannot be attached to a running guest: attach it with --config, and start the guest anew`,
      );
  }
}

/** A device of a list gets the number after the highest. */
function nameDevice(def: DomainDef, { kind, device }: Device): void {
  const prefix = PREFIXES[kind];
  if (prefix === undefined || device.alias !== undefined) return;
  let highest = -1;
  for (const other of domainDevices(def)) {
    const name = (other.device as Device['device']).alias?.name;
    const number = name?.startsWith(prefix) === true ? name.slice(prefix.length) : '';
    if (/^\d+$/.test(number)) highest = Math.max(highest, Number(number));
  }
  device.alias = { name: `${prefix}${highest + 1}` };
}

/** Puts a device into its list. */
function insert(def: DomainDef, { kind, device }: Device): void {
  const devices = def.devices as unknown as Record<string, unknown>;
  const list = devices[kind];
  if (!Array.isArray(list)) {
    if (list !== undefined) throw operationUnsupported(`the guest already has a ${kindName(kind)} device`);
    devices[kind] = device;
    return;
  }
  if (kind === 'disk') {
    const bus = device.target?.bus;
    const last = (list as DiskDef[]).findLastIndex((disk) => disk.target?.bus === bus);
    list.splice(last < 0 ? list.length : last + 1, 0, device);
  } else list.push(device);
}

/**
 * The definition with the device in it, and with the controllers that it needs; PCI controllers cannot be added now. What is
 * there stays as it is.
 */
function place(
  running: DomainDef,
  wanted: Device,
  option: DomainXmlOption,
  host: Awaited<ReturnType<typeof liveContext>>,
): DomainDef {
  const def = copyDef(running);
  const buses = new Set(def.devices.controller.filter(({ type }) => type === 'pci').map(({ index }) => index));
  insert(def, wanted);
  postParseDomain(def, option, { abiUpdate: true });
  assignAddresses(def, host.caps, hostPci, false);
  for (const { device } of domainDevices(def)) {
    const { address } = device as Device['device'];
    if (address?.type === 'pci' && !buses.has(address.bus ?? 0)) {
      const isBus = (device as { type?: string }).type === 'pci';
      if (!isBus) throw internalError('No more available PCI slots');
    }
  }
  const changed = copyDef(running);
  for (const controller of def.devices.controller) {
    const { type, index } = controller;
    const known = changed.devices.controller.some((one) => one.type === type && one.index === index);
    if (!known && type !== 'pci') changed.devices.controller.push(controller);
  }
  if (wanted.kind !== 'controller') insert(changed, wanted);
  return changed;
}

/** The images of a new disk, under names that no image of this run has had. */
function chainOf(live: LiveDomain, def: DomainDef, disk: DiskDef): BlockImage | undefined {
  let next = Math.max(live.lastImage, highestIndex(def));
  const image = imageChain(disk, { names: (kind) => numberedNames(++next, kind) });
  live.lastImage = next;
  if (image === undefined) return undefined;
  (disk.source as { index?: number }).index = numberOf(image);
  let below = disk.backingStore;
  for (let one = image.backing; below !== undefined && one != null; one = one.backing, below = below.backingStore)
    below.index = numberOf(one);
  return image;
}

async function addBackends(
  monitor: QmpConnection,
  { objects, chardevs, netdevs }: DeviceArguments,
  undo: UndoStack,
): Promise<void> {
  for (const props of objects) {
    await monitor.execute('object-add', props);
    undo.push(async () => void (await monitor.execute('object-del', { id: props.id })));
  }
  for (const text of chardevs) {
    const chardev = chardevBackend(text);
    await monitor.execute('chardev-add', chardev);
    undo.push(async () => void (await monitor.execute('chardev-remove', { id: chardev.id })));
  }
  for (const props of netdevs) {
    await monitor.execute('netdev_add', props);
    undo.push(async () => void (await monitor.execute('netdev_del', { id: props.id })));
  }
}

async function addImages(monitor: QmpConnection, disk: DiskDef, image: BlockImage, undo: UndoStack): Promise<void> {
  for (const one of [...imagesOf(image)].reverse()) {
    undo.push(() => removeNodes(monitor, [{ index: numberOf(one), place: one.source }]));
    for (const node of blockdevNodes(one, { autoReadonly: true })) await monitor.execute('blockdev-add', node);
  }
  const filter = copyOnReadNode(disk);
  if (filter === undefined) return;
  await monitor.execute('blockdev-add', blockdevCopyOnRead(filter, image));
  undo.push(async () => void (await monitor.execute('blockdev-del', { 'node-name': filter })));
}

/** The host side of a new interface; names of its kind are not kept when a definition is read, so this comes last. */
async function nameTap(host: QemuHost, def: DomainDef, net: InterfaceDef, undo: UndoStack): Promise<void> {
  const named = await nameTaps(host, { ...def, devices: { ...def.devices, interface: [net] } }, undo);
  Object.assign(net, named.devices.interface[0]);
}

/** Checks that can be made before anything is done. */
async function checkDisk(def: DomainDef, disk: DiskDef): Promise<void> {
  const target = disk.target?.dev;
  const other = def.devices.disk.find((one) => one.target?.dev === target);
  if (other !== undefined)
    throw xmlError(
      `target '${target ?? ''}' duplicated for disk sources '${imagePath(other) ?? ''}' and '${imagePath(disk) ?? ''}'`,
    );
  const path = imagePath(disk);
  if (path === undefined) return;
  await access(path).catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.STORAGE, `Cannot access storage file '${path}'`, error);
  });
}

/**
 * qemuDomainAttachDeviceLive: adds a device to a running guest, all of it or nothing, as part of a job. Raises
 * OPERATION_UNSUPPORTED for what cannot be added, INTERNAL_ERROR where there is no room, and what QEMU says.
 */
export async function attachLive(
  host: QemuHost,
  domain: QemuDomain,
  xml: string,
  option: DomainXmlOption,
): Promise<void> {
  const live = domain.running;
  const { monitor } = live;
  const def = copyDef(domain.def);
  const wanted = parseDomainDevice(xml, def, option, { abiUpdate: true }) as unknown as Device;
  refuseUnattachable(wanted);
  const undo = new UndoStack();
  try {
    let image: BlockImage | undefined;
    if (wanted.kind === 'disk') {
      await checkDisk(domain.def, wanted.device);
      const [disk] = (await withBackingChains({ ...def, devices: { ...def.devices, disk: [wanted.device] } })).devices
        .disk;
      if (disk !== undefined) Object.assign(wanted.device, copyDef(disk));
    }
    if (wanted.kind === 'interface') {
      // Without its network there is no point in looking for a place.
      const probe = new UndoStack();
      await nameTap(host, def, copyDef(wanted.device), probe).finally(() => probe.run(() => undefined));
    }
    const { caps, context } = await liveContext(host, live, def);
    nameDevice(domain.def, wanted);
    const placed = place(domain.def, wanted, option, { caps, context });
    if (wanted.kind === 'interface') await nameTap(host, def, wanted.device, undo);
    if (wanted.kind === 'disk') image = chainOf(live, domain.def, wanted.device);
    const parts = argumentsBetween(domain.def, placed, caps, context);
    const alias = aliasOf(domain.def, wanted, parts);
    if (wanted.kind === 'channel') await mkdir(join(live.dir, 'channel'), { recursive: true, mode: 0o700 });
    await addBackends(monitor, parts, undo);
    if (wanted.kind === 'disk' && image !== undefined) await addImages(monitor, wanted.device, image, undo);
    if (wanted.kind === 'interface') {
      // QEMU has made its host side.
      await plugTaps({ ...def, devices: { ...def.devices, interface: [wanted.device] } });
    }
    for (const props of parts.devices) {
      if (wanted.kind === 'disk' && props.id !== alias && props.drive !== undefined) continue;
      const own =
        wanted.kind === 'disk' && props.id === alias && image !== undefined
          ? { ...props, drive: topNode(wanted.device, image) }
          : props;
      await monitor.execute('device_add', own);
      undo.push(async () => void (await monitor.execute('device_del', { id: props.id })));
    }
    if (wanted.kind === 'disk' && wanted.device.iotune !== undefined)
      await monitor.execute('block_set_io_throttle', throttleArguments(wanted.device, wanted.device.iotune));
    if (wanted.kind === 'interface' && wanted.device.link?.state === 'down')
      await monitor.execute('set_link', { name: alias, up: false });
    await publish(host, domain, live, withNames(placed, wanted, parts), alias);
    undo.clear();
  } catch (error) {
    await undo.run((failure) => host.log.error(`undoing an attachment to domain '${domain.name}': ${String(failure)}`));
    throw LibvirtError.from(error, ErrorDomain.QEMU);
  }
}

/** The name that the device has got; controllers that came along have theirs from the command line too. */
function aliasOf(def: DomainDef, wanted: Device, { devices }: DeviceArguments): string {
  const known = wanted.device.alias?.name;
  if (known !== undefined) return known;
  const own = devices.find((props) =>
    wanted.kind === 'disk' ? props.drive !== undefined && !takenBy(def, props.id) : true,
  );
  if (own?.id === undefined)
    throw internalError(`a ${kindName(wanted.kind)} device has nothing that QEMU could be told`);
  wanted.device.alias = { name: own.id };
  return own.id;
}

/** The new devices as QEMU was told of them: with their names, and the paths that we chose. */
function withNames(placed: DomainDef, wanted: Device, { def: told }: DeviceArguments): DomainDef {
  const { devices } = placed;
  devices.controller = devices.controller.map(
    (one) =>
      (one.alias === undefined
        ? told.devices.controller.find((other) => other.type === one.type && other.index === one.index)
        : undefined) ?? one,
  );
  if (wanted.kind === 'disk' || wanted.kind === 'controller' || wanted.kind === 'vsock') return placed;
  const kind = wanted.kind as 'channel';
  const alias = wanted.device.alias?.name;
  const named = told.devices[kind].find((one) => one.alias?.name === alias);
  devices[kind] = devices[kind].map((one) => (one.alias?.name === alias ? (named ?? one) : one));
  return placed;
}

const takenBy = (def: DomainDef, id: string | undefined): boolean =>
  [...domainDevices(def)].some(({ device }) => (device as Device['device']).alias?.name === id);

/** The definition that the guest has now. */
async function publish(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  def: DomainDef,
  alias: string,
): Promise<void> {
  const facts = await readLiveFacts(live.monitor, def);
  domain.def = { ...withLiveFacts(def, facts), currentMemory: domain.def.currentMemory };
  await host.saveStatus(domain);
  host.events.emit(DomainEventID.DEVICE_ADDED, domain.uuid, { dom: domain.ref, devAlias: alias });
}
