import {
  type AliasDef,
  type CharSource,
  diskByName,
  type DiskDef,
  type DomainDef,
  imagePath,
} from '@virtkit/core/conf';
import type { ExecuteOptions, QmpConnection } from '../qmp/index.js';
import { QmpCommandError } from '../qmp/index.js';
import { configUnsupported, invalidArg } from '../errors.js';

/** What to do when the guest ends in this way. */
export function lifecycleAction(def: DomainDef, event: 'on_poweroff' | 'on_reboot' | 'on_crash'): string {
  return def[event];
}

/** The program that runs the domain; post-parse has filled it in. */
export function emulatorOf(def: DomainDef): string {
  const { emulator } = def.devices;
  if (emulator === undefined)
    throw configUnsupported(`domain '${def.name}' names no emulator, and none was found for its type and architecture`);
  return emulator;
}

/** qemuDomainDiskByName: a disk by its target, or by the path of its source. Raises INVALID_ARG. */
export function diskNamed(def: DomainDef, name: string): DiskDef {
  const disk = diskByName(def, name);
  if (disk === undefined) throw invalidArg(`disk '${name}' not found in domain`);
  return disk;
}

/** Local files and block devices without which the domain cannot start. */
export function diskPaths(def: DomainDef): string[] {
  return def.devices.disk.flatMap((disk) => {
    const path = imagePath(disk);
    const optional = disk.type === 'file' && disk.source?.startupPolicy === 'optional';
    return path === undefined || optional ? [] : [path];
  });
}

/** The disk that QEMU means by a QOM path, a device id or the name of a block node. */
export function diskByQemuId(
  def: DomainDef,
  id: string,
  node?: string,
): { readonly alias: string; readonly path: string | undefined; readonly target: string | undefined } | undefined {
  const index = /^libvirt-(\d+)-/.exec(node ?? '')?.[1];
  for (const disk of def.devices.disk) {
    const alias = disk.alias?.name;
    if (alias === undefined) continue;
    const source = 'source' in disk ? disk.source : undefined;
    if (id.split('/').includes(alias) || (index !== undefined && source?.index === Number(index)))
      return { alias, path: imagePath(disk), target: disk.target?.dev };
  }
  return undefined;
}

/** What only the running process knows. */
export interface LiveFacts {
  /** Host terminals of character devices, by the device's alias. */
  readonly ptys: ReadonlyMap<string, string>;
  /** Memory of the guest now in KiB, where it has a balloon. */
  readonly balloon: number | undefined;
}

/** Asks a process that has greeted; the questions go out together. */
export async function readLiveFacts(
  monitor: QmpConnection,
  def: DomainDef,
  options: ExecuteOptions = {},
): Promise<LiveFacts> {
  const hasBalloon = def.devices.memballoon !== undefined && def.devices.memballoon.model !== 'none';
  const [devices, balloon] = await Promise.all([
    monitor.execute<{ label: string; filename: string }[]>('query-chardev', undefined, options),
    hasBalloon
      ? monitor.execute<{ actual: number }>('query-balloon', undefined, options).catch((error: unknown) => {
          // A guest that has not booted yet has no driver for it.
          if (QmpCommandError.behind(error) === undefined) throw error;
          return undefined;
        })
      : undefined,
  ]);
  const ptys = new Map<string, string>();
  for (const { label, filename } of devices)
    if (filename.startsWith('pty:')) ptys.set(label.replace(/^char/, ''), filename.slice('pty:'.length));
  return { ptys, balloon: balloon === undefined ? undefined : Math.floor(balloon.actual / 1024) };
}

/** The definition with those facts in it. */
export function withLiveFacts(def: DomainDef, { ptys, balloon }: LiveFacts): DomainDef {
  const place = <D extends CharSource & { alias?: AliasDef }>(device: D): D => {
    const path = device.type === 'pty' && device.alias !== undefined ? ptys.get(device.alias.name) : undefined;
    return path === undefined ? device : { ...device, source: { ...(device as { source?: object }).source, path } };
  };
  const { devices } = def;
  return {
    ...def,
    ...(balloon !== undefined && { currentMemory: balloon }),
    devices: {
      ...devices,
      serial: devices.serial.map(place),
      parallel: devices.parallel.map(place),
      channel: devices.channel.map(place),
      console: devices.console.map((device) => {
        const placed = place(device);
        const path = placed.type === 'pty' ? placed.source?.path : undefined;
        return path === undefined ? placed : { ...placed, tty: path };
      }),
    },
  };
}
