import type { DiskDef, DomainDef } from '@virtkit/core/conf';

const DISK_BUS_NAMES: Readonly<Record<string, string>> = { virtio: 'virtio-disk', fdc: 'fdc0-0-', usb: 'usb-disk' };

/** Number of a disk on its bus, from its target's letters: vda is 0, sdb is 1. */
export function diskIndex({ target }: DiskDef): number {
  const letters = /^(?:[fhsv]d|xvd|ubd)([a-z]+)\d*$/.exec(target?.dev ?? '')?.[1] ?? 'a';
  return Array.from(letters).reduce((sum, letter) => sum * 26 + (letter.charCodeAt(0) - 96), 0) - 1;
}

function diskAlias(disk: DiskDef): string {
  const bus = disk.target?.bus ?? 'ide';
  const index = diskIndex(disk);
  const named = DISK_BUS_NAMES[bus];
  if (named !== undefined) return `${named}${index}`;
  if (bus === 'ide') return `ide${Math.floor(index / 4)}-${Math.floor(index / 2) % 2}-${index % 2}`;
  return bus === 'scsi' ? `scsi0-0-0-${index}` : `${bus}0-0-${index}`;
}

/** qemuAssignDeviceAliases: a copy in which every device has the name that QEMU knows it by. */
export function assignAliases(def: DomainDef): DomainDef {
  const { devices } = def;
  const name = <D extends { alias?: { name: string } }>(
    list: readonly D[],
    alias: (device: D, index: number) => string,
  ) =>
    list.map((device, index) =>
      device.alias === undefined ? { ...device, alias: { name: alias(device, index) } } : device,
    );
  const numbered =
    (prefix: string) =>
    (_device: unknown, index: number): string =>
      `${prefix}${index}`;
  const serial = name(devices.serial, numbered('serial'));
  return {
    ...def,
    devices: {
      ...devices,
      disk: name(devices.disk, diskAlias),
      controller: name(devices.controller, (controller) =>
        controller.type === 'pci' ? `pci.${controller.index ?? 0}` : `${controller.type}${controller.index || ''}`,
      ),
      interface: name(devices.interface, numbered('net')),
      serial,
      // The first console of most guests is their first serial port, and named like it.
      console: name(devices.console, (device, index) =>
        (device.target?.type ?? 'serial') === 'serial'
          ? (serial[index]?.alias?.name ?? `serial${index}`)
          : `console${index}`,
      ),
      parallel: name(devices.parallel, numbered('parallel')),
      channel: name(devices.channel, numbered('channel')),
      input: name(devices.input, numbered('input')),
      video: name(devices.video, numbered('video')),
      ...(devices.memballoon !== undefined && {
        memballoon: { alias: { name: 'balloon0' }, ...devices.memballoon },
      }),
    },
  };
}
