import { join } from 'node:path';
import type { DiskDef, DomainDef, InterfaceDef, SerialDef, VncGraphics } from '@virtkit/core/conf';
import type { Directories } from '@virtkit/core/driver';
import type { QemuCaps } from '../capabilities/index.js';
import { configUnsupported } from '../errors.js';
import { assignAliases, diskIndex } from './aliases.js';

/** What a command line depends on besides the definition. */
export interface CommandContext {
  /** The id that the domain will have. */
  readonly id: number;
  /** Directory of this run. */
  readonly dir: string;
  /** Descriptor at which QEMU finds its listening monitor socket. */
  readonly monitorFd: number;
  readonly dirs: Directories;
}

/** How to run a domain. */
export interface CommandLine {
  /** Without the program itself. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The definition as it runs: with aliases, ports and the id. */
  readonly def: DomainDef;
}

/** qemuBuildCommandLine: QEMU's arguments for a domain. Never waits, and changes nothing. */
export function buildCommandLine(config: DomainDef, caps: QemuCaps, context: CommandContext): CommandLine {
  const def = numberSources({ ...assignAliases(config), id: context.id });
  const { devices, os } = def;
  const argv = [
    ...['-name', `guest=${def.name.replaceAll(',', ',,')},debug-threads=on`, '-S'],
    ...['-machine', `${os.type.machine ?? 'pc'},usb=off,dump-guest-core=off`],
    ...['-accel', def.type === 'kvm' ? 'kvm' : 'tcg'],
    ...cpu(def),
    ...['-m', `size=${def.memory.value}k`, '-overcommit', 'mem-lock=off'],
    ...['-smp', `${def.vcpu.current ?? def.vcpu.value},maxcpus=${def.vcpu.value}`, '-uuid', def.uuid],
    ...['-display', 'none', '-no-user-config', '-nodefaults'],
    ...['-chardev', `socket,id=charmonitor,fd=${context.monitorFd},server=on,wait=off`],
    ...['-mon', 'chardev=charmonitor,id=monitor,mode=control'],
    ...['-rtc', 'base=utc', '-no-shutdown'],
    ...(def.on_reboot === 'destroy' ? ['-no-reboot'] : []),
    ...['-boot', 'strict=on'],
    ...(os.kernel === undefined ? [] : ['-kernel', os.kernel]),
    ...(os.initrd === undefined ? [] : ['-initrd', os.initrd]),
    ...(os.cmdline === undefined ? [] : ['-append', os.cmdline]),
    ...devices.disk.flatMap((disk) => diskArguments(disk, bootIndex(def, disk))),
    ...devices.interface.flatMap(netArguments),
    ...devices.serial.flatMap(serialArguments),
    ...devices.graphics.flatMap((graphics) => {
      if (graphics.type !== 'vnc') throw configUnsupported(`graphics of type '${graphics.type}' is not supported yet`);
      return vncArguments(graphics);
    }),
    ...devices.video.flatMap(({ model, alias }) =>
      model === undefined || model.type === 'none'
        ? []
        : device({ driver: VIDEO[model.type] ?? 'VGA', id: alias?.name }),
    ),
    ...(devices.memballoon === undefined || devices.memballoon.model === 'none'
      ? []
      : device({ driver: 'virtio-balloon-pci', id: devices.memballoon.alias?.name })),
    ...['-msg', 'timestamp=on'],
  ];
  return { argv, def, env: environment(context) };
}

const VIDEO: Readonly<Record<string, string>> = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  qxl: 'qxl-vga',
  virtio: 'virtio-vga',
};

function environment({ dir }: CommandContext): Record<string, string> {
  return {
    LC_ALL: 'C',
    PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: dir,
    XDG_DATA_HOME: join(dir, '.local/share'),
    XDG_CACHE_HOME: join(dir, '.cache'),
    XDG_CONFIG_HOME: join(dir, '.config'),
  };
}

const json = (option: string, value: object) => [option, JSON.stringify(value)];
const device = (properties: Readonly<Record<string, unknown>>) => json('-device', properties);

function cpu({ cpu: wanted, type }: DomainDef): string[] {
  if (wanted?.mode === 'host-passthrough' || wanted?.mode === 'maximum')
    return ['-cpu', type === 'kvm' && wanted.mode === 'host-passthrough' ? 'host' : 'max'];
  const model = wanted?.model?.name;
  return model === undefined ? [] : ['-cpu', model];
}

/** Sources of disks are numbered so that the nodes of the block layer can be told apart. */
function numberSources(def: DomainDef): DomainDef {
  let index = 0;
  const disk = [...def.devices.disk]
    .map((one) => one)
    .reverse()
    .map((one) => ('source' in one && one.source !== undefined ? withIndex(one, ++index) : one))
    .reverse();
  return { ...def, devices: { ...def.devices, disk } };
}

const withIndex = (disk: DiskDef, index: number): DiskDef =>
  ({ ...disk, source: { ...(disk as { source?: object }).source, index } }) as DiskDef;

/** Place of a disk in the order of booting: as it says itself, or as <boot dev=''/> of the domain has it. */
function bootIndex(def: DomainDef, disk: DiskDef): number | undefined {
  if (disk.boot !== undefined) return disk.boot.order;
  if (def.devices.disk.some(({ boot }) => boot !== undefined)) return undefined;
  const kind = disk.device === 'cdrom' ? 'cdrom' : disk.device === 'floppy' ? 'fd' : 'hd';
  const order = def.os.boot.findIndex(({ dev }) => dev === kind);
  const first = def.devices.disk.find(({ device }) => device === disk.device);
  return order < 0 || first !== disk ? undefined : order + 1;
}

function diskArguments(disk: DiskDef, bootindex: number | undefined): string[] {
  const alias = disk.alias?.name ?? '';
  const readonly = disk.readonly === true || disk.device === 'cdrom';
  const blockdev: string[] = [];
  let drive: string | undefined;
  if (
    (disk.type === 'file' && disk.source?.file !== undefined) ||
    (disk.type === 'block' && disk.source?.dev !== undefined)
  ) {
    const index = disk.source.index ?? 1;
    drive = `libvirt-${index}-format`;
    const cache = disk.driver?.cache;
    const common = {
      'read-only': readonly,
      ...(cache !== undefined &&
        cache !== 'default' && {
          cache: { direct: cache === 'none' || cache === 'directsync', 'no-flush': cache === 'unsafe' },
        }),
    };
    blockdev.push(
      ...json('-blockdev', {
        driver: disk.type === 'file' ? 'file' : 'host_device',
        filename: disk.type === 'file' ? disk.source.file : disk.source.dev,
        'node-name': `libvirt-${index}-storage`,
        'auto-read-only': true,
        discard: 'unmap',
        ...(disk.driver?.io !== undefined && { aio: disk.driver.io }),
        ...(common.cache && { cache: common.cache }),
      }),
      ...json('-blockdev', {
        'node-name': drive,
        ...common,
        driver: disk.driver?.type ?? 'raw',
        file: `libvirt-${index}-storage`,
      }),
    );
  } else if (disk.type !== 'file' && disk.type !== 'block')
    throw configUnsupported(`disk '${disk.target?.dev ?? ''}' of type '${disk.type}' is not supported yet`);
  return [
    ...blockdev,
    ...device({
      ...diskDevice(disk),
      ...(drive !== undefined && { drive }),
      id: alias,
      ...(bootindex !== undefined && { bootindex }),
      ...(disk.serial !== undefined && { serial: disk.serial }),
    }),
  ];
}

function diskDevice(disk: DiskDef): Record<string, unknown> {
  const index = diskIndex(disk);
  const bus = disk.target?.bus ?? 'ide';
  const kind = disk.device === 'cdrom' ? 'cd' : 'hd';
  switch (bus) {
    case 'virtio':
      return { driver: 'virtio-blk-pci' };
    case 'ide':
      return { driver: `ide-${kind}`, bus: `ide.${Math.floor(index / 2)}`, unit: index % 2 };
    case 'sata':
      return { driver: `ide-${kind}`, bus: `ide.${index}` };
    default:
      throw configUnsupported(`disk bus '${bus}' is not supported yet`);
  }
}

function netArguments(net: InterfaceDef, index: number): string[] {
  if (net.type !== 'user') throw configUnsupported(`interface of type '${net.type}' is not supported yet`);
  return [
    ...json('-netdev', { type: 'user', id: `hostnet${index}` }),
    ...device({
      driver: net.model?.type === undefined || net.model.type === 'virtio' ? 'virtio-net-pci' : net.model.type,
      netdev: `hostnet${index}`,
      id: net.alias?.name,
      ...(net.mac !== undefined && { mac: net.mac.address }),
    }),
  ];
}

function serialArguments(serial: SerialDef, index: number): string[] {
  const alias = serial.alias?.name ?? '';
  const source = ((): string => {
    switch (serial.type) {
      case 'pty':
        return 'pty';
      case 'null':
        return 'null';
      case 'file':
        return `file,path=${(serial.source?.path ?? '').replaceAll(',', ',,')},append=${serial.source?.append === true ? 'on' : 'off'}`;
      case 'unix':
        return `socket,path=${(serial.source?.path ?? '').replaceAll(',', ',,')}${serial.source?.mode === 'connect' ? '' : ',server=on,wait=off'}`;
      default:
        throw configUnsupported(`serial port of type '${serial.type}' is not supported yet`);
    }
  })();
  const backend = source.replace(/^(\w+)/, `$1,id=char${alias}`);
  return [
    ...['-chardev', backend],
    ...device({ driver: 'isa-serial', chardev: `char${alias}`, id: alias, index: serial.target?.port ?? index }),
  ];
}

function vncArguments({ listen, port, websocket }: VncGraphics): string[] {
  const [first] = listen;
  if (first?.type === 'socket') return ['-vnc', `vnc=unix:${first.socket ?? ''}`];
  const address = (first?.type === 'address' ? first.address : undefined) ?? '127.0.0.1';
  const text = address.includes(':') ? `[${address}]` : address;
  return ['-vnc', `${text}:${(port ?? 5900) - 5900}${websocket === undefined ? '' : `,websocket=${websocket}`}`];
}
