import type { BackingStoreDef, DiskDef, DomainDef, StorageSource } from '@virtkit/core/conf';
import {
  blockdevCopyOnRead,
  blockdevNodes,
  type BlockImage,
  cacheMode,
  copyOnReadNode,
  diskImages,
  type DiskImagesOptions,
  imagesOf,
  MANAGED_RESERVATIONS,
  numberOf,
  topNode,
} from '../block/index.js';
import { configUnsupported, internalError } from '../errors.js';
import { isPSeries } from '../machine.js';
import { type ArgList, type Fdset, type Props, wide } from './arg-list.js';
import { bootIndexOf, type BootIndexes, isFloppy } from './boot.js';
import { addChardev } from './chardevs.js';
import type { CommandContext } from './context.js';
import { addressProps, controllerAlias } from './device-address.js';
import { addSdCard } from './sd-card.js';
import { addImageObjects } from './secrets.js';
import { nonZero } from '../block/json.js';
import { virtioProps } from './virtio.js';

/** qemuBuildDisksCommandLine: for each disk its block nodes, from the bottom up, and the device above them. */
export function addDisks(
  args: ArgList,
  def: DomainDef,
  context: CommandContext,
  boot: BootIndexes,
  next: () => number,
): void {
  const fdsets = new Map<StorageSource, Fdset>();
  const options: DiskImagesOptions = {
    next,
    facts: (source) => {
      const group = source.type === 'file' ? source.source?.fdgroup : undefined;
      if (group === undefined) return { glusterDebug: glusterDebug(source, context), ...context.facts?.(source) };
      const passed = args.reserveFdset(context.fdGroup(group));
      fdsets.set(source, passed);
      return { passedFile: passed.path };
    },
    ...(context.volume !== undefined && { volume: (disk) => context.volume!(disk) }),
    usesTls: (source) =>
      source.tls === true ||
      (source.tls === undefined && context.tls.blockDir(source) !== undefined && source.protocol === 'vxhs'),
  };
  const images = diskImages(def.devices.disk, options);
  def.devices.disk.forEach(checkChain);
  if (def.devices.disk.some(isFloppy)) addFloppyController(args, def, boot);
  for (const [index, disk] of def.devices.disk.entries()) {
    const image = images[index];
    if (image !== undefined) showNumbers(disk, image);
    if (disk.target?.bus === 'sd') {
      addSdCard(args, disk, context, options);
      continue;
    }
    // A disk that shares its image with other guests gets a layer of its own, and is plugged in after that.
    if (disk.transient?.shareBacking === true) continue;
    if (image !== undefined) {
      for (const one of imagesOf(image)) {
        const passed = fdsets.get(one.source);
        if (passed !== undefined) args.addFdset(passed, (index) => `${one.storageNode}${index}`);
      }
      for (const one of [...imagesOf(image)].reverse()) {
        addImageObjects(args, one, context);
        const passed = fdsets.get(one.source);
        // A file that was passed for reading and for writing can be opened either way.
        for (const node of blockdevNodes(one, { autoReadonly: passed === undefined || passed.fds.length > 1 }))
          args.json('-blockdev', node);
      }
      const filter = copyOnReadNode(disk);
      if (filter !== undefined) args.json('-blockdev', blockdevCopyOnRead(filter, image));
    }
    if (disk.type === 'vhostuser') addVhostUserBlk(args, def, disk, context, boot);
    else args.device(...diskProps(args, def, disk, image, boot));
  }
}

const WITH_BACKING: ReadonlySet<string> = new Set(['cow', 'qcow', 'qcow2', 'qed', 'vmdk']);

/** qemuDomainDetermineDiskChain: only some formats know of an image below. */
function checkChain({ driver, backingStore }: DiskDef): void {
  let format: string | undefined = driver?.type;
  for (let below = backingStore; below !== undefined && below.type !== 'none'; below = below.backingStore) {
    if (format !== undefined && !WITH_BACKING.has(format))
      throw configUnsupported(`storage format '${format}' does not support backing store`);
    format = below.format?.type;
  }
}

/** The definition tells by what numbers the images of a disk go while it runs. */
function showNumbers(disk: DiskDef, top: BlockImage): void {
  if (disk.source !== undefined) (disk.source as { index?: number }).index = numberOf(top);
  let below = disk.backingStore;
  for (let image = top.backing; below !== undefined && image != null; image = image.backing, below = below.backingStore)
    below.index = numberOf(image);
}

/** The helper that makes persistent reservations for all disks that leave it to us. */
export function addReservations(args: ArgList, { devices }: DomainDef, context: CommandContext): void {
  const isManaged = (image: { source?: StorageSource['source']; backingStore?: BackingStoreDef }): boolean =>
    image.source?.reservations?.managed === true ||
    (image.backingStore !== undefined && image.backingStore.type !== 'none' && isManaged(image.backingStore as never));
  const managed = devices.disk.some((disk) => isManaged(disk as never));
  if (managed)
    args.object({ 'qom-type': 'pr-manager-helper', id: MANAGED_RESERVATIONS, path: `${context.dir}/pr-helper0.sock` });
}

function addFloppyController(args: ArgList, def: DomainDef, boot: BootIndexes): void {
  if (isPSeries(def)) throw configUnsupported('PowerPC pseries machines do not support floppy device');
  const units: Record<string, number> = {};
  for (const disk of def.devices.disk) {
    const index = boot.get(disk);
    if (isFloppy(disk) && disk.address?.type === 'drive' && index !== undefined)
      units[disk.address.unit === 0 ? 'bootindexA' : 'bootindexB'] = index;
  }
  const explicit = needsExplicitFdc(def);
  if (explicit) args.device({ driver: 'isa-fdc', ...units });
  else for (const [name, value] of Object.entries(units)) args.add('-global', `isa-fdc.${name}=${value}`);
}

/** Newer q35 boards have no floppy controller of their own. */
function needsExplicitFdc({ os }: DomainDef): boolean {
  const machine = os.type.machine ?? '';
  if (!/q35/.test(machine)) return false;
  const version = /^pc-q35-(\d+)\.(\d+)/.exec(machine);
  if (version === null) return true;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 2 || (major === 2 && minor >= 4);
}

const glusterDebug = (source: StorageSource, context: CommandContext): number | undefined =>
  source.type === 'network' && source.source?.protocol === 'gluster' ? context.glusterDebug : undefined;

/** The device in front of a disk. */
function diskProps(
  args: ArgList,
  def: DomainDef,
  disk: DiskDef,
  image: BlockImage | undefined,
  boot: BootIndexes,
): Props[] {
  const bus = disk.target?.bus ?? 'ide';
  const alias = disk.alias?.name ?? '';
  const backend = image === undefined ? undefined : topNode(disk, image);
  const spins = bus === 'scsi' || bus === 'ide' || bus === 'sata';
  const { geometry } = disk;
  const errors = errorPolicy(disk);
  const common = {
    'share-rw': disk.shareable,
    drive: backend,
    id: alias,
    bootindex: bus === 'fdc' ? undefined : boot.get(disk),
    logical_block_size: nonZero(disk.blockio?.logical_block_size),
    physical_block_size: nonZero(disk.blockio?.physical_block_size),
    wwn: disk.wwn && wwnValue(disk.wwn),
    rotation_rate: spins ? disk.target?.rotation_rate : undefined,
    vendor: disk.vendor,
    product: disk.product,
    removable: bus === 'usb' ? (disk.target?.removable ?? false) : undefined,
    'write-cache': writeCache(disk),
    cyls: nonZero(geometry?.cyls),
    heads: nonZero(geometry?.heads),
    secs: nonZero(geometry?.secs),
    'bios-chs-trans': geometry?.trans,
    serial: disk.device === 'lun' ? undefined : disk.serial?.replaceAll(' ', '\\ '),
    werror: errors.write,
    rerror: errors.read,
  };
  return [...place(args, def, disk, alias), common];
}

const wwnValue = (wwn: string): string => wide(BigInt(`0x${wwn.replace(/^0x/, '')}`));

/** Whether the guest sees a write cache follows from how the host writes. */
function writeCache(disk: DiskDef): 'on' | 'off' | undefined {
  const cache = cacheMode(disk);
  if (cache === undefined || cache === 'default' || disk.device === 'lun') return undefined;
  return cache === 'writethrough' || cache === 'directsync' ? 'off' : 'on';
}

interface ErrorPolicy {
  readonly write: string | undefined;
  readonly read: string | undefined;
}

function errorPolicy(disk: DiskDef): ErrorPolicy {
  const { error_policy: write, rerror_policy: read = write === 'enospace' ? undefined : write } = disk.driver ?? {};
  return { write: policyName(write), read: policyName(read) };
}

/** QEMU has another word for one of them. */
const policyName = (policy: string | undefined): string | undefined => (policy === 'enospace' ? 'enospc' : policy);

/** The driver of a disk's device, and where it is plugged in. */
function place(args: ArgList, def: DomainDef, disk: DiskDef, alias: string): Props[] {
  const { address } = disk;
  const drive = address?.type === 'drive' ? address : { controller: 0, bus: 0, target: 0, unit: 0 };
  const media = disk.device === 'cdrom' ? 'cd' : 'hd';
  switch (disk.target?.bus) {
    case 'virtio':
      return virtioBlk(args, def, disk);
    case 'ide':
      return [
        {
          driver: `ide-${media}`,
          bus: `${controllerAlias(def, 'ide', drive.controller)}.${drive.bus}`,
          unit: drive.unit,
        },
      ];
    case 'sata':
      return [{ driver: `ide-${media}`, bus: `${controllerAlias(def, 'sata', drive.controller)}.${drive.unit}` }];
    case 'scsi':
      return [scsi(def, disk, alias, drive)];
    case 'usb':
      return [{ driver: 'usb-storage' }, addressProps(def, disk)];
    case 'fdc':
      return [{ driver: 'floppy', unit: drive.unit }];
    default:
      throw internalError(`unsupported disk bus '${disk.target?.bus ?? 'none'}' with device setup`);
  }
}

function virtioBlk({ caps }: ArgList, def: DomainDef, disk: DiskDef): Props[] {
  const { driver = {} } = disk;
  const own = {
    iothread: driver.iothread === undefined ? undefined : `iothread${driver.iothread}`,
    ioeventfd: driver.ioeventfd,
    event_idx: driver.event_idx,
    scsi:
      disk.device === 'lun'
        ? true
        : caps.has('virtio-blk-pci.scsi') && !caps.has('virtio-blk-pci.scsi.default.disabled')
          ? false
          : undefined,
    'num-queues': driver.queues,
    'queue-size': caps.has('virtio-blk.queue-size') ? driver.queue_size : undefined,
  };
  return [virtioProps('virtio-blk', disk, caps, disk.model, driver), own, addressProps(def, disk)];
}

/** Controllers on whose bus a device is known by one number only. */
export const NARROW: ReadonlySet<string> = new Set(['lsilogic', 'ncr53c90', 'dc390', 'am53c974']);

function scsi(
  def: DomainDef,
  disk: DiskDef,
  alias: string,
  drive: { controller: number; bus: number; target: number; unit: number },
): Props {
  const controller = def.devices.controller.find((c) => c.type === 'scsi' && c.index === drive.controller);
  const driver = disk.device === 'lun' ? 'scsi-block' : disk.device === 'cdrom' ? 'scsi-cd' : 'scsi-hd';
  const bus = `${controllerAlias(def, 'scsi', drive.controller)}.0`;
  const own = disk.device === 'lun' ? {} : { device_id: disk.serial ?? `drive-${alias}` };
  if (controller?.type === 'scsi' && NARROW.has(controller.model ?? ''))
    return { driver, bus, 'scsi-id': drive.unit, ...own };
  return { driver, bus, channel: 0, 'scsi-id': drive.target, lun: drive.unit, ...own };
}

function addVhostUserBlk(
  args: ArgList,
  def: DomainDef,
  disk: DiskDef,
  context: CommandContext,
  boot: BootIndexes,
): void {
  if (disk.type !== 'vhostuser') return;
  const alias = disk.alias?.name ?? '';
  addChardev(args, context, { type: 'unix', source: { ...disk.source, mode: 'connect' } as never }, `chr-vu-${alias}`, {
    purpose: 'vhost-user',
  });
  args.device({
    ...virtioProps('vhost-user-blk', disk, args.caps, disk.model, disk.driver),
    'num-queues': disk.driver?.queues,
    'queue-size': args.caps.has('virtio-blk.queue-size') ? disk.driver?.queue_size : undefined,
    ...addressProps(def, disk),
    chardev: `chr-vu-${alias}`,
    id: alias,
    ...bootIndexOf(boot, disk),
  });
}
