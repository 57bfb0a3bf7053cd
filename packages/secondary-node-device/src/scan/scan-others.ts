import {
  INTERFACE_LINK_STATES,
  type InterfaceLinkState,
  type NodeDeviceCapability,
  type NodeDeviceDef,
  type StorageAbility,
} from '@virtkit/core/conf';
import { mdevName } from './scan-defined.js';
import { mdevs } from './scan-pci.js';
import { deviceName, type Sysfs } from './sysfs.js';

const LINK_STATES: readonly string[] = INTERFACE_LINK_STATES;

const device = async (
  sysfs: Sysfs,
  path: string,
  name: string,
  capability: NodeDeviceCapability,
  devnode?: string,
): Promise<NodeDeviceDef> => {
  const driver = await sysfs.target(`${path}/driver`);
  return {
    name,
    path: await sysfs.place(path),
    ...(devnode !== undefined && { devnode: [{ type: 'dev', path: devnode }] }),
    ...(driver !== undefined && { driver: { name: driver } }),
    capability: [capability],
  };
};

/** udevSetupSystemDev: the machine itself. */
export async function scanSystem(sysfs: Sysfs): Promise<NodeDeviceDef> {
  const dmi = async (name: string): Promise<string | undefined> =>
    (await sysfs.text(`/sys/class/dmi/id/${name}`)) || undefined;
  const some = (parts: Record<string, string | undefined>): Record<string, string> =>
    Object.fromEntries(Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined));
  const uuid = (await dmi('product_uuid'))?.toLowerCase() ?? '00000000-0000-0000-0000-000000000000';
  return {
    name: 'computer',
    capability: [
      {
        type: 'system',
        ...some({ product: await dmi('product_name') }),
        hardware: {
          ...some({
            vendor: await dmi('sys_vendor'),
            version: await dmi('product_version'),
            serial: await dmi('product_serial'),
          }),
          uuid,
        },
        firmware: some({
          vendor: await dmi('bios_vendor'),
          version: await dmi('bios_version'),
          release_date: await dmi('bios_date'),
        }),
      },
    ],
  };
}

/** udevProcessNetworkInterface */
export async function scanNet(sysfs: Sysfs): Promise<NodeDeviceDef[]> {
  const names = await sysfs.names('/sys/class/net');
  return Promise.all(
    names.map(async (name) => {
      const path = `/sys/class/net/${name}`;
      const [address, state, speed] = await Promise.all([
        sysfs.text(`${path}/address`),
        sysfs.text(`${path}/operstate`),
        sysfs.number(`${path}/speed`),
      ]);
      const wireless = (await sysfs.names(path)).some((entry) => entry === 'phy80211' || entry === 'wireless');
      const known = state !== undefined && LINK_STATES.includes(state) ? (state as InterfaceLinkState) : 'unknown';
      return device(sysfs, path, deviceName('net', name, address), {
        type: 'net',
        interface: name,
        ...(address && { address }),
        link: {
          // The kernel's -1 for a speed that it does not know is shown as libvirt shows it.
          ...(speed !== undefined && speed !== 0 && { speed: speed >>> 0 }),
          state: known,
        },
        capability: [{ type: wireless ? '80211' : '80203' }],
      });
    }),
  );
}

/** udevProcessStorage: disks with a device behind them; what the kernel makes up from memory or files is none. */
export async function scanStorage(sysfs: Sysfs): Promise<NodeDeviceDef[]> {
  const names = await sysfs.names('/sys/block');
  const found = await Promise.all(names.map((name) => storage(sysfs, name)));
  return found.filter((one) => one !== undefined);
}

async function storage(sysfs: Sysfs, name: string): Promise<NodeDeviceDef | undefined> {
  const path = `/sys/block/${name}`;
  if ((await sysfs.target(`${path}/device`)) === undefined) return undefined;
  const place = await sysfs.place(path);
  const [sectors = 0, block = 512, removable, vendor, model, serial] = await Promise.all([
    sysfs.number(`${path}/size`),
    sysfs.number(`${path}/queue/logical_block_size`),
    sysfs.text(`${path}/removable`),
    sysfs.text(`${path}/device/vendor`),
    sysfs.text(`${path}/device/model`),
    sysfs.text(`${path}/device/serial`),
  ]);
  const bytes = sectors * 512;
  const cdrom = /^sr\d+$/.test(name);
  const bus = place.includes('/ata')
    ? 'ata'
    : place.includes('/usb')
      ? 'usb'
      : place.includes('/host')
        ? 'scsi'
        : undefined;
  const sizes = { logical_block_size: block, num_blocks: Math.floor(bytes / block) };
  const ability: StorageAbility = {
    type: 'removable',
    media_available: bytes > 0 ? 1 : 0,
    media_size: bytes,
    ...sizes,
  };
  return device(
    sysfs,
    path,
    deviceName('block', name, serial),
    {
      type: 'storage',
      block: `/dev/${name}`,
      ...(bus && { bus }),
      drive_type: cdrom ? 'cdrom' : /^fd\d+$/.test(name) ? 'floppy' : 'disk',
      ...(model && { model }),
      ...(vendor && { vendor }),
      ...(serial && { serial }),
      ...(removable === '1' || cdrom ? { capability: [ability] } : { size: bytes, ...sizes }),
    },
    `/dev/${name}`,
  );
}

/** udevProcessUSBDevice and udevProcessUSBInterface */
export async function scanUsb(sysfs: Sysfs): Promise<NodeDeviceDef[]> {
  const names = await sysfs.names('/sys/bus/usb/devices');
  return Promise.all(
    names.map(async (name) => {
      const path = `/sys/bus/usb/devices/${name}`;
      const hex = async (file: string): Promise<number> => (await sysfs.hex(`${path}/${file}`)) ?? 0;
      if (name.includes(':'))
        return device(sysfs, path, deviceName('usb', name), {
          type: 'usb',
          number: await hex('bInterfaceNumber'),
          class: await hex('bInterfaceClass'),
          subclass: await hex('bInterfaceSubClass'),
          protocol: await hex('bInterfaceProtocol'),
        });
      const [bus = 0, number = 0, product, manufacturer] = await Promise.all([
        sysfs.number(`${path}/busnum`),
        sysfs.number(`${path}/devnum`),
        sysfs.text(`${path}/product`),
        sysfs.text(`${path}/manufacturer`),
      ]);
      const digits = (value: number): string => String(value).padStart(3, '0');
      return device(
        sysfs,
        path,
        deviceName('usb', name),
        {
          type: 'usb_device',
          bus,
          device: number,
          product: { id: await hex('idProduct'), ...(product && { name: product }) },
          vendor: { id: await hex('idVendor'), ...(manufacturer && { name: manufacturer }) },
        },
        `/dev/bus/usb/${digits(bus)}/${digits(number)}`,
      );
    }),
  );
}

const SCSI_TYPES: Readonly<Record<number, string>> = {
  0: 'disk',
  1: 'tape',
  2: 'printer',
  3: 'processor',
  4: 'worm',
  5: 'cdrom',
  6: 'scanner',
  7: 'mod',
  8: 'changer',
  12: 'raid',
  13: 'enclosure',
};

/** udevProcessSCSIHost, udevProcessSCSITarget, udevProcessSCSIDevice, udevProcessSCSIGeneric */
export async function scanScsi(sysfs: Sysfs): Promise<NodeDeviceDef[]> {
  const found: NodeDeviceDef[] = [];
  for (const name of await sysfs.names('/sys/bus/scsi/devices')) {
    const path = `/sys/bus/scsi/devices/${name}`;
    const host = /^host(\d+)$/.exec(name);
    const address = /^(\d+):(\d+):(\d+):(\d+)$/.exec(name);
    if (host !== null) {
      const unique = await sysfs.number(`/sys/class/scsi_host/${name}/unique_id`);
      found.push(
        await device(sysfs, path, deviceName('scsi', name), {
          type: 'scsi_host',
          host: Number(host[1]),
          ...(unique !== undefined && { unique_id: unique }),
        }),
      );
    } else if (address !== null) {
      const [, hostId, bus, target, lun] = address.map(Number) as [number, number, number, number, number];
      const kind = SCSI_TYPES[(await sysfs.number(`${path}/type`)) ?? -1];
      found.push(
        await device(sysfs, path, deviceName('scsi', name), {
          type: 'scsi',
          host: hostId,
          bus,
          target,
          lun,
          ...(kind !== undefined && { scsiType: kind }),
        }),
      );
    } else if (name.startsWith('target'))
      found.push(await device(sysfs, path, deviceName('scsi', name), { type: 'scsi_target', target: name }));
  }
  for (const name of await sysfs.names('/sys/class/scsi_generic')) {
    const char = `/dev/${name}`;
    const path = `/sys/class/scsi_generic/${name}`;
    found.push(await device(sysfs, path, deviceName('scsi_generic', name), { type: 'scsi_generic', char }, char));
  }
  return found;
}

/** udevProcessDRMDevice */
export async function scanDrm(sysfs: Sysfs): Promise<NodeDeviceDef[]> {
  const names = (await sysfs.names('/sys/class/drm')).filter((name) => /^(?:card|controlD|renderD)\d+$/.test(name));
  return Promise.all(
    names.map((name) => {
      const kind = name.startsWith('card') ? 'primary' : name.startsWith('control') ? 'control' : 'render';
      const path = `/sys/class/drm/${name}`;
      return device(sysfs, path, deviceName('drm', name), { type: 'drm', kind }, `/dev/dri/${name}`);
    }),
  );
}

/** udevProcessMediatedDevice */
export async function scanMdev(sysfs: Sysfs): Promise<NodeDeviceDef[]> {
  const uuids = await sysfs.names('/sys/bus/mdev/devices');
  return Promise.all(
    uuids.map(async (uuid) => {
      const path = `/sys/bus/mdev/devices/${uuid}`;
      const place = await sysfs.place(path);
      const parent = place.split('/').at(-2) ?? '';
      const [type, group] = await Promise.all([sysfs.target(`${path}/mdev_type`), sysfs.target(`${path}/iommu_group`)]);
      return device(sysfs, path, mdevName(uuid, parent), {
        type: 'mdev',
        mdevType: { id: type ?? '' },
        uuid,
        parent_addr: parent,
        iommuGroup: { number: Number(group ?? 0) },
      });
    }),
  );
}

/** s390 adjunct processors: the matrix that mediated devices are made from. */
export async function scanMatrix(sysfs: Sysfs): Promise<NodeDeviceDef[]> {
  const path = '/sys/devices/vfio_ap/matrix';
  if ((await sysfs.names(path)).length === 0) return [];
  const capability = await mdevs(sysfs, path);
  return [await device(sysfs, path, 'ap_matrix', { type: 'ap_matrix', ...(capability.length > 0 && { capability }) })];
}
