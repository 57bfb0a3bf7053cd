import { readFile, stat } from 'node:fs/promises';
import type { MdevType, NodeDeviceDef, NodePciAddress, PciAbility } from '@virtkit/core/conf';
import type { HostFs } from '@virtkit/core/driver';
import { readPciConfig } from './pci-config.js';
import type { PciNames } from './pci-names.js';
import { deviceName, type Sysfs } from './sysfs.js';

const BUS = '/sys/bus/pci/devices';

function pciAddress(text: string): Required<NodePciAddress> {
  const [domain, bus, slot, fn] = text.split(/[:.]/).map((part) => parseInt(part, 16)) as [
    number,
    number,
    number,
    number,
  ];
  return { domain, bus, slot, function: fn };
}

/** udevProcessPCI, for every device of the bus. */
export async function scanPci(sysfs: Sysfs, hostFs: HostFs, names: PciNames): Promise<NodeDeviceDef[]> {
  const addresses = await sysfs.names(BUS);
  return Promise.all(addresses.map((address) => pciDevice(sysfs, hostFs, names, address)));
}

async function pciDevice(sysfs: Sysfs, hostFs: HostFs, names: PciNames, address: string): Promise<NodeDeviceDef> {
  const path = `${BUS}/${address}`;
  const [vendor = 0, product = 0, cls = 0] = await Promise.all([
    sysfs.hex(`${path}/vendor`),
    sysfs.hex(`${path}/device`),
    sysfs.hex(`${path}/class`),
  ]);
  const config = await readFile(hostFs.path(`${path}/config`)).catch(() => Buffer.alloc(0));
  const { size } = await stat(hostFs.path(`${path}/config`)).catch(() => ({ size: 0 }));
  const { header, pciExpress } = readPciConfig(config, size);
  const abilities = [
    ...(await virtualFunctions(sysfs, path)),
    ...(header ? [header] : []),
    ...(await mdevs(sysfs, path)),
  ];
  const driver = await sysfs.target(`${path}/driver`);
  const numa = await sysfs.number(`${path}/numa_node`);
  const [vendorName, productName] = await Promise.all([names.vendor(vendor), names.product(vendor, product)]);
  const group = await iommuGroup(sysfs, path);
  return {
    name: deviceName('pci', address),
    path: await sysfs.place(path),
    ...(driver !== undefined && { driver: { name: driver } }),
    capability: [
      {
        type: 'pci',
        class: cls,
        ...pciAddress(address),
        product: { id: product, ...(productName !== undefined && { name: productName }) },
        vendor: { id: vendor, ...(vendorName !== undefined && { name: vendorName }) },
        ...(abilities.length > 0 && { capability: abilities }),
        ...(group && { iommuGroup: group }),
        ...(numa !== undefined && numa >= 0 && { numa: { node: numa } }),
        ...(pciExpress && { pciExpress }),
      },
    ],
  };
}

async function virtualFunctions(sysfs: Sysfs, path: string): Promise<PciAbility[]> {
  const abilities: PciAbility[] = [];
  const physical = await sysfs.target(`${path}/physfn`);
  if (physical !== undefined) abilities.push({ type: 'phys_function', address: [pciAddress(physical)] });
  const total = await sysfs.number(`${path}/sriov_totalvfs`);
  const indexes = await sysfs.numbered(path, 'virtfn');
  const functions = await Promise.all(indexes.map((index) => sysfs.target(`${path}/virtfn${index}`)));
  const address = functions.filter((one) => one !== undefined).map(pciAddress);
  if (total || address.length > 0)
    abilities.push({
      type: 'virt_functions',
      ...(total && { maxCount: total }),
      ...(address.length > 0 && { address }),
    });
  return abilities;
}

/** Kinds of mediated devices that a device can be split into. */
export async function mdevs(sysfs: Sysfs, path: string): Promise<{ type: 'mdev_types'; types: MdevType[] }[]> {
  const folder = `${path}/mdev_supported_types`;
  const types = await Promise.all(
    (await sysfs.names(folder)).map(async (id): Promise<MdevType[]> => {
      const [name, deviceAPI, available] = await Promise.all([
        sysfs.text(`${folder}/${id}/name`),
        sysfs.text(`${folder}/${id}/device_api`),
        sysfs.number(`${folder}/${id}/available_instances`),
      ]);
      if (!deviceAPI || available === undefined) return [];
      return [{ id, ...(name && { name }), deviceAPI, availableInstances: available }];
    }),
  );
  return types.length === 0 ? [] : [{ type: 'mdev_types', types: types.flat() }];
}

async function iommuGroup(
  sysfs: Sysfs,
  path: string,
): Promise<{ number: number; address: NodePciAddress[] } | undefined> {
  const group = await sysfs.target(`${path}/iommu_group`);
  if (group === undefined) return undefined;
  const members = await sysfs.names(`${path}/iommu_group/devices`);
  return { number: Number(group), address: members.filter((one) => /^[0-9a-f]+:/.test(one)).map(pciAddress) };
}
