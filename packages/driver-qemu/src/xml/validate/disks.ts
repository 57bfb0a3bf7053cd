import { isDeepStrictEqual } from 'node:util';
import type {
  ControllerOf,
  DeviceInfo,
  DiskDef,
  DomainDef,
  StorageEncryptionDef,
  StorageFormat,
} from '@virtkit/core/conf';
import { argumentUnsupported, configUnsupported, internalError } from '../../errors.js';
import { hasIothread } from './controllers.js';
import { hasSharedMemory, need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainDeviceDefDisk */
export function checkDisk(disk: DiskDef, subject: Subject): void {
  const name = disk.driver?.name;
  const dev = nameOf(disk);
  refuseIf(
    /^(?:fd|hd|vd|sd|xvd|ubd)[a-z]+[0-9]+$/.test(dev),
    `invalid disk target '${dev}', partitions can't appear in disk targets`,
  );
  refuseIf(!/^(?:fd|hd|vd|sd|xvd|ubd)[a-z]+$/.test(dev), `invalid disk target '${dev}'`);
  refuseIf(name !== undefined && name !== 'qemu', `unsupported driver name '${name}' for disk '${nameOf(disk)}'`);
  refuseIf(disk.sgio === 'unfiltered', 'unfiltered sgio is no longer supported');
  checkFrontend(disk);
  checkAddress(disk, subject.def);
  if (disk.target?.bus === 'usb') need(subject, 'usb-storage', "This QEMU doesn't support '-device usb-storage'");
  checkSource(disk, subject);
  checkDriver(disk, subject);
  checkThrottling(disk);
}

/** Disks of one group share its limits, so that they must say the same of them. */
export function checkThrottleGroups({ def: { devices } }: Subject): void {
  const groups = new Map<string, DiskDef>();
  for (const disk of devices.disk) {
    const group = disk.iotune?.group_name;
    if (group === undefined) continue;
    const first = groups.get(group);
    if (first === undefined) groups.set(group, disk);
    else
      refuseIf(
        !isDeepStrictEqual(first.iotune, disk.iotune),
        `different iotunes for disks ${nameOf(first)} and ${nameOf(disk)}`,
      );
  }
}

/** What a group of disks may do in a second is told to QEMU as a number it can count. */
const MOST_PER_SECOND = 1_000_000_000_000_000;

function checkThrottling({ iotune }: DiskDef): void {
  if (iotune === undefined) return;
  const { group_name: group, ...limits } = iotune;
  refuseIf(
    group !== undefined && Object.keys(limits).length === 0,
    'group_name can be configured only together with settings',
  );
  for (const limit of Object.values(limits))
    if (limit > MOST_PER_SECOND)
      throw argumentUnsupported(`block I/O throttle limit must be no more than ${MOST_PER_SECOND} using QEMU`);
}

const nameOf = (disk: DiskDef): string => disk.target?.dev ?? '';

const WITH_GEOMETRY: ReadonlySet<string> = new Set(['virtio', 'ide', 'scsi', 'sata', 'fdc']);

function checkFrontend(disk: DiskDef): void {
  const { device = 'disk', target } = disk;
  const bus = target?.bus;
  refuseIf(
    device === 'cdrom' && bus === 'virtio',
    `disk type 'virtio' of '${nameOf(disk)}' does not support ejectable media`,
  );
  refuseIf(bus === 'sd' && (device === 'cdrom' || device === 'lun'), `unexpected device '${device}' on the bus 'sd'`);
  if (device === 'lun')
    refuseIf(bus !== 'virtio' && bus !== 'scsi', `disk device='lun' is not supported for bus='${bus ?? 'none'}'`);
  refuseIf(device === 'lun' && disk.wwn !== undefined, 'Setting wwn is not supported for lun device');
  refuseIf(
    device === 'lun' && bus === 'scsi' && disk.serial !== undefined,
    "scsi-block 'lun' devices do not support the serial property",
  );
  refuseIf(
    device === 'lun' && (disk.vendor !== undefined || disk.product !== undefined),
    'Setting vendor or product is not supported for lun device',
  );
  if (disk.vendor !== undefined || disk.product !== undefined)
    refuseIf(bus !== 'scsi', 'Only scsi disk supports vendor and product');
  refuseIf(disk.wwn !== undefined && bus !== 'ide' && bus !== 'scsi', 'Only ide and scsi disk support wwn');
  refuseIf(
    disk.readonly === true && device === 'disk' && (bus === 'ide' || bus === 'sata'),
    `readonly ${bus} disks are not supported`,
  );
  if (target?.rotation_rate !== undefined && device !== 'disk' && device !== 'lun')
    throw internalError('rotation rate is only valid for disk device');
  if (target?.rotation_rate !== undefined && bus !== 'scsi' && bus !== 'ide' && bus !== 'sata')
    throw internalError('rotation rate is only valid for SCSI/IDE/SATA bus');
  if (disk.serial !== undefined && bus === 'sd')
    throw internalError("Serial property not supported for drive bus 'sd'");
  if (disk.serial !== undefined && !/^[\w .+/-]*$/.test(disk.serial))
    throw internalError(`driver serial '${disk.serial}' contains unsafe characters`);
  refuseIf(
    disk.geometry !== undefined && bus !== undefined && !WITH_GEOMETRY.has(bus),
    `CHS geometry can not be set for '${bus ?? 'none'}' bus`,
  );
  refuseIf(
    disk.geometry?.trans !== undefined && bus !== 'ide',
    `CHS translation mode can only be set for 'ide' bus not '${bus ?? 'none'}'`,
  );
  if (disk.transient !== undefined) {
    refuseIf(disk.type !== 'file', `transient disk supported only with 'file' type (${nameOf(disk)})`);
    refuseIf(disk.readonly === true, `transient disk '${nameOf(disk)}' must not be read-only`);
    refuseIf(device !== 'disk', `transient disk supported only with 'disk' device (${nameOf(disk)})`);
  }
}

const VIRTIO_PLACES = new Set(['pci', 'ccw', 'virtio-mmio', 'virtio-s390']);

function checkAddress(disk: DiskDef, def: DomainDef): void {
  const { address, target } = disk;
  const bus = target?.bus;
  if (address === undefined) return;
  if (bus === 'usb' && address.type !== 'usb') throw internalError('unexpected address type for usb disk');
  if (bus === 'virtio')
    refuseIf(!VIRTIO_PLACES.has(address.type), `virtio disk cannot have an address of type '${address.type}'`);
  if (address.type !== 'drive') return;
  if (bus === 'ide' && address.controller !== 0) throw internalError('Only 1 IDE controller is supported');
  if (bus === 'fdc' && address.controller !== 0) throw internalError('Only 1 fdc controller is supported');
  if (bus === 'fdc' && address.bus !== 0) throw internalError('Only 1 fdc bus is supported');
  if (bus === 'ide' || bus === 'fdc' || bus === 'sata') {
    refuseIf(bus === 'sata' && address.bus !== 0, 'bus must be 0 for sata controller');
    refuseIf(
      address.target !== 0,
      bus === 'fdc' ? 'target must be 0 for controller fdc' : `target must be 0 for ${bus} controller`,
    );
  }
  if (bus === 'scsi') checkScsiAddress(address, def);
}

/** Where on a bus a SCSI device can be, by the controller's model. */
export function checkScsiAddress(address: DeviceInfo['address'], def: DomainDef): void {
  if (address?.type !== 'drive') return;
  const controller = def.devices.controller.find(
    (one): one is ControllerOf<'scsi'> => one.type === 'scsi' && one.index === address.controller,
  );
  const model = controller?.model;
  if (address.bus !== 0) throw internalError('SCSI controller only supports 1 bus');
  if (model === 'lsilogic') {
    refuseIf(address.target !== 0, "target must be 0 for controller model 'lsilogic'");
  } else if (model?.startsWith('virtio') === true) {
    refuseIf(address.target > 255, `target must be less than or equal to 255 for controller model '${model}'`);
    refuseIf(address.unit > 16383, `unit must be less than or equal to 16383 for controller model '${model}'`);
  }
}

/** What libvirt's names of formats mean that QEMU does not open by them. */
function checkFormat(format: StorageFormat | undefined, isDirectory: boolean, isReadonly: boolean): void {
  switch (format) {
    case 'iso':
      throw configUnsupported("storage format 'iso' is not directly supported by QEMU, use 'raw' instead");
    case 'dir':
      throw configUnsupported(
        "'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead",
      );
    case 'fat':
      if (!isDirectory) throw configUnsupported("storage format 'fat' is supported only with 'dir' storage type");
      if (!isReadonly) throw configUnsupported("virtual FAT storage can't be accessed in read-write mode");
      return;
    case 'cow':
      throw configUnsupported(`'${format}' storage format is not supported`);
  }
  if (isDirectory) throw configUnsupported(`storage type 'dir' requires use of storage format 'fat'`);
}

function checkSource(disk: DiskDef, subject: Subject): void {
  if (disk.type === 'vhostuser') {
    need(subject, 'vhost-user-blk', 'vhostuser disk is not supported with this QEMU binary');
    refuseIf(!hasSharedMemory(subject), "'vhostuser' requires shared memory");
    return;
  }
  const { driver, encryption = disk.source?.encryption } = disk;
  const format = driver?.type;
  checkFormat(format, disk.type === 'dir', disk.readonly === true);
  checkCache(driver, format);
  for (let image = disk.backingStore; image !== undefined; image = image.backingStore) {
    if (image.type === 'none') break;
    checkFormat(image.format?.type, image.type === 'dir', true);
    checkCache(image.format, image.format?.type);
    checkEncryption(image.source?.encryption);
  }
  checkEncryption(encryption);
  if (encryption !== undefined) {
    if (encryption.engine === 'librbd') {
      refuseIf(
        disk.type !== 'network' || disk.source?.protocol !== 'rbd',
        'librbd encryption is supported only with RBD backed disks',
      );
      need(subject, 'rbd-encryption', 'librbd encryption is not supported by this QEMU binary');
    } else {
      refuseIf(
        encryption.format === 'qcow' || encryption.format === 'default',
        'old qcow/qcow2 encryption is not supported',
      );
      refuseIf(
        format !== 'raw' && format !== 'qcow2',
        "encryption is supported only with 'raw' and 'qcow2' image format",
      );
      refuseIf(encryption.format === 'luks2', "'luks2' is currently supported only by the 'librbd' engine");
    }
  }
  if (disk.shareable === true && disk.readonly !== true)
    refuseIf(
      format !== undefined && format !== 'raw',
      `shared access for disk '${nameOf(disk)}' requires use of supported storage format`,
    );
  if (disk.type === 'network' && disk.source !== undefined) {
    const { protocol, host } = disk.source;
    refuseIf(protocol === 'tftp', `'${protocol}' protocol is not supported with this QEMU binary`);
    if (disk.source.tlsHostname !== undefined)
      need(subject, 'blockdev.nbd.tls-hostname', "'tlsHostname' field is not supported by this QEMU");
    refuseIf(protocol === 'nfs' && host.length !== 1, "'nfs' protocol requires the usage of exactly one host");
    refuseIf(protocol === 'nfs' && (host[0]?.transport ?? 'tcp') !== 'tcp', "'nfs' host must use TCP protocol");
  }
  if (disk.type === 'nvme') need(subject, 'drive-nvme', 'nvme disk is not supported with this QEMU binary');
}

function checkCache(
  given: { metadata_cache?: { max_size?: number } } | undefined,
  format: StorageFormat | undefined,
): void {
  refuseIf(
    given?.metadata_cache?.max_size !== undefined && format !== 'qcow2',
    'metadata cache max size control is supported only with qcow2 images',
  );
}

/** QEMU no longer writes its first kind of encryption. */
function checkEncryption(encryption: StorageEncryptionDef | undefined): void {
  refuseIf(
    encryption?.format === 'qcow' || encryption?.format === 'default',
    'old qcow/qcow2 encryption is not supported',
  );
}

const SHARED_BACKING = new Set(['virtio', 'usb', 'scsi']);

function checkDriver(disk: DiskDef, subject: Subject): void {
  const { driver, device = 'disk', target } = disk;
  refuseIf(
    disk.transient?.shareBacking === true && !SHARED_BACKING.has(target?.bus ?? ''),
    `disk bus '${target?.bus ?? 'none'}' doesn't support transiend disk backing image sharing`,
  );
  if (driver === undefined) return;
  if (driver.copy_on_read === true) {
    refuseIf(disk.readonly === true, `copy_on_read is not compatible with read-only disk '${nameOf(disk)}'`);
    refuseIf(
      device === 'cdrom' || device === 'floppy',
      `copy_on_read is not supported with removable disk '${nameOf(disk)}'`,
    );
  }
  refuseIf(
    driver.io === 'native' && driver.cache !== 'none' && driver.cache !== 'directsync',
    "io='native' needs either no disk cache or directsync cache mode",
  );
  if (driver.io === 'io_uring') need(subject, 'aio.io_uring', 'io uring is not supported by this QEMU binary');
  if (driver.queue_size !== undefined)
    need(subject, 'virtio-blk.queue-size', "queue-size property isn't supported by this QEMU binary");
  if (driver.iothread !== undefined) {
    refuseIf(
      target?.bus !== 'virtio',
      `IOThreads not available for bus ${target?.bus ?? 'none'} target ${nameOf(disk)}`,
    );
    refuseIf(
      !hasIothread(subject.def, driver.iothread),
      `Disk iothread '${driver.iothread}' not defined in iothreadid`,
    );
  }
}
