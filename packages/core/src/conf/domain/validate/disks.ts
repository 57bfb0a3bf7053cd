import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { contradictory, internal, unsupported, wrong } from '../common/problems.js';
import type { DeviceLabelDef } from '../common/seclabel.js';
import type { StorageAuthDef } from '../common/storage-auth.js';
import type { NetworkSource } from '../common/network-source.js';
import type { DiskBus, DiskDef } from '../devices/disk.js';
import type { DomainDef } from '../domain-def.js';
import { isEmptySource, sourcePath } from '../post-parse/disks.js';
import type { DomainXmlOption } from '../xml-option.js';

const FLOPPY_NAMES = /^fd/;
const DISK_NAMES = /^(hd|sd|vd|xvd|ubd)/;

/** virDomainDiskDefValidate */
export function checkDisk(disk: DiskDef, option: DomainXmlOption): void {
  const { target, device } = disk;
  const dev = target?.dev ?? '';
  if (dev === '') {
    const path = sourcePath(disk);
    throw new LibvirtError(ErrorCode.NO_TARGET, ErrorDomain.DOMAIN, path ?? '');
  }
  checkLun(disk);
  if (device === 'floppy' && target?.bus !== 'fdc')
    throw internal(`Invalid bus type '${target?.bus ?? 'none'}' for floppy disk`);
  if (device !== 'floppy' && target?.bus === 'fdc') throw internal("Invalid bus type 'fdc' for disk");
  const prefixes = device === 'floppy' ? FLOPPY_NAMES : DISK_NAMES;
  if (!prefixes.test(dev)) {
    if (disk.address !== undefined && device === 'floppy') throw internal(`Invalid floppy device name: ${dev}`);
    if (disk.address !== undefined && device === 'disk') throw internal(`Invalid harddisk device name: ${dev}`);
  }
  checkSource(disk, option);
  checkDriver(disk);
  checkPolicies(disk);
  checkThrottling(disk);
  if (disk.type === 'vhostuser') checkVhostUser(disk);
  checkAddressType(disk);
  checkNames(disk);
  checkBackingStores(disk);
  if (target?.tray !== undefined && device !== 'cdrom' && device !== 'floppy')
    throw unsupported('tray is only valid for cdrom and floppy');
  if (target?.removable !== undefined && target.bus !== 'usb') throw wrong('removable is only valid for usb disks');
  if (disk.encryption?.cipher !== undefined || disk.source?.encryption?.cipher !== undefined) throw needlessCipher();
  if (isEmptySource(disk) && device !== 'cdrom' && device !== 'floppy')
    throw new LibvirtError(ErrorCode.NO_SOURCE, ErrorDomain.DOMAIN, dev);
}

const SECRET_TYPES = new Set(['iscsi', 'ceph', 'volume', 'tls', 'vtpm']);

function checkSource(disk: DiskDef, option: DomainXmlOption): void {
  const { source } = disk;
  if (source === undefined) return;
  checkDeviceLabels(source.seclabel);
  if (disk.type === 'file' && disk.source?.fdgroup !== undefined && !option.features.has('disk-fd'))
    throw unsupported(`driver does not support FD passing for disk '${disk.target?.dev ?? ''}'`);
  if (disk.type === 'nvme' && disk.source?.namespace === 0) throw unsupported("NVMe namespace can't be zero");
  if (disk.type !== 'network') return;
  const { protocol } = disk.source as NonNullable<typeof disk.source>;
  if (protocol === 'nfs' && disk.source?.host.some(({ port }) => port !== undefined) === true)
    throw unsupported("port cannot be specified in 'nfs' protocol host");
  checkAuth(protocol, disk.auth ?? source.auth);
}

/** virDomainDiskDefValidateSourceChainOne, for the images below */
function checkBackingStores(disk: DiskDef): void {
  for (let image = disk.backingStore; image !== undefined; image = image.backingStore) {
    if (image.type === 'none' || image.source === undefined) return;
    checkDeviceLabels(image.source.seclabel);
    if (image.source.encryption?.cipher !== undefined) throw needlessCipher();
    if (image.type === 'network') checkAuth(image.source.protocol, image.source.auth);
  }
}

const needlessCipher = (): LibvirtError => unsupported('supplying <cipher> for domain disk definition is unnecessary');

const WITH_AUTH = new Set<NetworkSource['protocol']>(['iscsi', 'rbd', 'http', 'https', 'ftp', 'ftps', 'ssh']);

function checkAuth(protocol: NetworkSource['protocol'], auth: StorageAuthDef | undefined): void {
  if (auth === undefined) return;
  if (!WITH_AUTH.has(protocol)) throw unsupported(`authentication is not supported for protocol '${protocol}'`);
  const type = auth.secret?.type;
  if (!SECRET_TYPES.has(type ?? '')) throw unsupported(`unknown secret type '${type ?? '<null>'}'`);
  const wanted = protocol === 'rbd' ? 'ceph' : protocol === 'iscsi' ? 'iscsi' : type;
  if (type !== wanted) throw unsupported(`invalid secret type '${type ?? ''}'`);
}

/** Every security model labels a file once. */
export function checkDeviceLabels(labels: readonly DeviceLabelDef[] | undefined): void {
  const models = new Set<string | undefined>();
  for (const { model } of labels ?? []) {
    if (models.has(model)) throw contradictory(`seclabel for model ${model ?? 'of the host'} is already provided`);
    models.add(model);
  }
}

function checkLun(disk: DiskDef): void {
  if (disk.device === 'lun') {
    const iscsi = disk.type === 'network' && disk.source?.protocol === 'iscsi';
    const block = disk.type === 'block' && disk.source?.dev !== undefined;
    const volume = disk.type === 'volume' && disk.source !== undefined;
    if (!block && !volume && !iscsi) throw unsupported("disk device='lun' is only valid for block type disk source");
    if ((disk.driver?.type ?? 'raw') !== 'raw') throw unsupported("disk device 'lun' must use 'raw' format");
    if (disk.source?.slices !== undefined) throw unsupported("disk device 'lun' doesn't support storage slice");
    if (disk.source?.encryption !== undefined || disk.encryption !== undefined)
      throw unsupported("disk device 'lun' doesn't support encryption");
    return;
  }
  if (disk.source?.reservations !== undefined) throw unsupported('<reservations/> allowed only for lun devices');
  if (disk.rawio !== undefined) throw unsupported("rawio can be used only with device='lun'");
  if (disk.sgio !== undefined) throw unsupported("sgio can be used only with device='lun'");
}

/** What happens when the medium is missing or fails. */
function checkPolicies(disk: DiskDef): void {
  const policy = disk.source?.startupPolicy;
  if (policy === 'requisite' && disk.device !== 'cdrom' && disk.device !== 'floppy')
    throw wrong(`disk startupPolicy '${policy}' is allowed only for cdrom or floppy`);
  if (policy !== undefined && (disk.type === 'network' || disk.type === 'vhostuser'))
    throw wrong(`disk startupPolicy '${policy}' is not allowed for disk of '${disk.type}' type`);
  if (policy === 'requisite' && disk.device !== 'cdrom' && disk.device !== 'floppy')
    throw wrong("disk startupPolicy 'requisite' is allowed only for cdrom or floppy");
  if (disk.driver?.rerror_policy === 'enospace') throw unsupported("Invalid disk read error policy: 'enospace'");
}

/** virDomainDiskVhostUserDefValidate: what only the process behind the socket could do. */
function checkVhostUser(disk: DiskDef): void {
  const { driver = {}, target } = disk;
  if (target?.bus !== 'virtio') throw unsupported('vhostuser disk supports only virtio bus');
  if (disk.snapshot !== undefined && disk.snapshot !== 'no')
    throw unsupported('only snapshot=no is supported with vhostuser disk');
  const told: readonly (readonly [string, unknown])[] = [
    ['wwn', disk.wwn],
    ['serial', disk.serial],
    ['vendor', disk.vendor],
    ['product', disk.product],
    ['backingStore', disk.backingStore !== undefined && disk.backingStore.type !== 'none' ? true : undefined],
    ['encryption', disk.encryption ?? disk.source?.encryption],
    ['geometry', disk.geometry],
    ['blockio', disk.blockio],
    ['iotune', disk.iotune],
    ['readonly', disk.readonly],
    ['shareable', disk.shareable],
    ['transient', disk.transient],
    ['cache', driver.cache],
    ['error_policy', driver.error_policy ?? driver.rerror_policy],
    ['io', driver.io],
    ['ioeventfd', driver.ioeventfd],
    ['copy_on_read', driver.copy_on_read],
    ['discard', driver.discard],
    ['iothread', driver.iothread],
    ['detect_zeroes', driver.detect_zeroes],
  ];
  for (const [name, value] of told)
    if (value !== undefined) throw unsupported(`${name} is not supported with vhostuser disk`);
}

/** The limits of which either the whole is set, or its two halves. */
const LIMITS = ['bytes_sec', 'iops_sec', 'bytes_sec_max', 'iops_sec_max'] as const;

function checkThrottling({ iotune }: DiskDef): void {
  for (const what of iotune === undefined ? [] : LIMITS)
    if (
      iotune?.[`total_${what}`] !== undefined &&
      (iotune[`read_${what}`] !== undefined || iotune[`write_${what}`] !== undefined)
    )
      throw wrong(`total and read/write ${what} cannot be set at the same time`);
}

function checkDriver({ driver, target, model }: DiskDef): void {
  if (model !== undefined && target?.bus !== 'virtio')
    throw unsupported(`disk model '${model}' not supported for bus '${target?.bus ?? 'none'}'`);
  if (driver === undefined || target?.bus === 'virtio') return;
  for (const key of ['iommu', 'ats', 'packed', 'page_per_vq'] as const)
    if (driver[key] !== undefined) throw unsupported(`${key} driver option is only supported for virtio devices`);
  if (driver.queues !== undefined)
    throw unsupported('queues attribute in disk driver element is only supported by virtio-blk');
  for (const key of ['event_idx', 'ioeventfd'] as const)
    if (driver[key] !== undefined) throw unsupported(`disk ${key} mode supported only for virtio bus`);
}

const DRIVE_BUSES = new Set<DiskBus | undefined>(['ide', 'fdc', 'scsi', 'sata']);

function checkAddressType({ target, address }: DiskDef): void {
  if (address === undefined || !DRIVE_BUSES.has(target?.bus) || address.type === 'drive') return;
  throw unsupported(
    `Invalid address type '${address.type}' for the disk '${target?.dev ?? ''}' with the bus type '${target?.bus ?? ''}'`,
  );
}

const LENGTHS = { vendor: 8, product: 16 } as const;

function checkNames(disk: DiskDef): void {
  for (const key of ['vendor', 'product'] as const) {
    const value = disk[key];
    if (value === undefined) continue;
    if (value.length > LENGTHS[key]) throw unsupported(`disk ${key} is more than ${LENGTHS[key]} characters`);
    if (!/^[\x20-\x7e]*$/.test(value)) throw wrong(`disk ${key} is not printable string`);
  }
  const wwn = disk.wwn?.replace(/^0x/, '');
  if (wwn !== undefined && !/^[0-9a-fA-F]{16}$/.test(wwn))
    throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, `Malformed wwn: ${disk.wwn}`);
}

/** virDomainDefDuplicateDiskInfoValidate */
export function checkDisks({ devices: { disk: disks } }: DomainDef): void {
  const seen = new Map<string, DiskDef>();
  for (const disk of disks) {
    const dev = disk.target?.dev ?? '';
    const other = seen.get(dev);
    if (other !== undefined)
      throw wrong(
        `target '${dev}' duplicated for disk sources '${sourcePath(other) ?? ''}' and '${sourcePath(disk) ?? ''}'`,
      );
    seen.set(dev, disk);
  }
  for (const key of ['wwn', 'serial'] as const) {
    const names = new Map<string, DiskDef>();
    for (const disk of disks) {
      const value = disk[key];
      if (value === undefined) continue;
      const other = names.get(value);
      if (other !== undefined && key === 'wwn')
        throw wrong(`Disks '${other.target?.dev ?? ''}' and '${disk.target?.dev ?? ''}' have identical WWN`);
      names.set(value, disk);
    }
  }
}
