import type {
  ChannelDef,
  CharSource,
  ConsoleDef,
  DeviceInfo,
  DomainDef,
  ParallelDef,
  SerialDef,
} from '@virtkit/core/conf';
import { configUnsupported, internalError } from '../errors.js';
import { SERIAL_FLAGS, serialIsBuiltin } from './serial-models.js';
import { type ArgList, escapeComma, type Props } from './arg-list.js';
import type { CommandContext } from './context.js';
import { addressProps, controllerAlias } from './device-address.js';
import { addSecret, addTlsCreds } from './secrets.js';

interface ChardevOptions {
  /** What the descriptor of a listening socket is for; sockets of the guest agent and others are made by us. */
  readonly purpose?: string;
  /** What of SPICE goes through it. */
  readonly spice?: 'vdagent' | 'usbredir' | 'smartcard';
}

/** qemuBuildChardevCommand: the host's side of a character device, under this id. */
export function addChardev(
  args: ArgList,
  context: CommandContext,
  source: CharSource,
  id: string,
  options: ChardevOptions = {},
): void {
  const words = [...backend(args, context, source, id, options)];
  if (source.log !== undefined) {
    const { file, append } = source.log;
    words.push(...fileWords(fileOf(args, context, `${purposeOf(id)}-log`, file), append, 'logfile', 'logappend'));
  }
  args.add('-chardev', words.join(','));
}

/** A file that QEMU writes to. One that was opened for it has its place already, and is always written on from there. */
function fileWords(path: string, append: boolean | undefined, name: string, appendName: string): string[] {
  const opened = path.startsWith('/dev/fdset/');
  if (append === undefined && !opened) return [`${name}=${escapeComma(path)}`];
  return [`${name}=${escapeComma(path)}`, `${appendName}=${append === false ? 'off' : 'on'}`];
}

/** What a file is called among those opened for QEMU: after the device rather than after its backend. */
const purposeOf = (id: string): string => id.replace(/^char/, '');

/** The name under which QEMU opens a file: a descriptor that it gets with the command line, or the path itself. */
export function fileOf(args: ArgList, context: CommandContext, purpose: string, path: string): string {
  const fds = context.openFiles(purpose, path);
  if (fds.length === 0) return path;
  const passed = args.reserveFdset(fds);
  args.addFdset(passed, () => purpose);
  return passed.path;
}

function backend(
  args: ArgList,
  context: CommandContext,
  source: CharSource,
  id: string,
  options: ChardevOptions,
): string[] {
  const own = `id=${escapeComma(id)}`;
  switch (source.type) {
    case 'null':
    case 'vc':
    case 'stdio':
    case 'pty':
      return [source.type, own];
    case 'dev': {
      const path = source.source?.path ?? '';
      return [id.includes('parallel') ? 'parallel' : 'serial', own, `path=${escapeComma(path)}`];
    }
    case 'file': {
      const path = fileOf(args, context, `${purposeOf(id)}-source`, source.source?.path ?? '');
      return ['file', own, ...fileWords(path, source.source?.append, 'path', 'append')];
    }
    case 'pipe':
      return ['pipe', own, `path=${escapeComma(source.source?.path ?? '')}`];
    case 'udp': {
      const connect = source.source?.find(({ mode }) => mode === 'connect');
      const bind = source.source?.find(({ mode }) => mode === 'bind');
      return [
        'udp',
        own,
        `host=${escapeComma(connect?.host ?? '')}`,
        `port=${connect?.service ?? ''}`,
        `localaddr=${escapeComma(bind?.host ?? '')}`,
        `localport=${bind?.service ?? '0'}`,
      ];
    }
    case 'tcp':
      return tcp(args, context, source, id);
    case 'unix': {
      const { path = '', mode, reconnect } = source.source ?? {};
      const listen = mode === 'bind';
      const where = listen ? context.listen(options.purpose ?? id, path) : `path=${escapeComma(path)}`;
      return [
        'socket',
        own,
        where,
        ...(listen ? ['server=on', 'wait=off'] : []),
        ...(!listen && reconnect?.enabled === true && reconnect.timeout !== undefined
          ? [`reconnect=${reconnect.timeout}`]
          : []),
        ...(!listen && reconnect?.enabled === false ? ['reconnect=0'] : []),
      ];
    }
    case 'spicevmc':
      return ['spicevmc', own, `name=${options.spice ?? 'vdagent'}`];
    case 'spiceport':
      return ['spiceport', own, `name=${escapeComma(source.source?.channel ?? '')}`];
    case 'dbus':
      return ['dbus', own, `name=${escapeComma(source.source?.channel ?? '')}`];
    case 'qemu-vdagent': {
      const { clipboard, mouse } = source.source ?? {};
      return [
        'qemu-vdagent',
        own,
        'name=vdagent',
        ...(clipboard !== undefined ? [`clipboard=${clipboard.copypaste ? 'on' : 'off'}`] : []),
        ...(mouse?.mode === 'server' ? ['mouse=off'] : mouse?.mode === 'client' ? ['mouse=on'] : []),
      ];
    }
    default:
      throw configUnsupported(`unsupported chardev '${source.type}'`);
  }
}

function tcp(
  args: ArgList,
  context: CommandContext,
  source: Extract<CharSource, { type: 'tcp' }>,
  id: string,
): string[] {
  const { host = '', service = '', mode, tls, reconnect } = source.source ?? { mode: 'connect' as const };
  const listen = mode === 'bind';
  const telnet = source.protocol?.type === 'telnet';
  const useTls = tls ?? context.tls.chardevDefault === true;
  const creds = useTls && context.tls.chardev !== undefined ? `obj${id}_tls0` : undefined;
  if (creds !== undefined) {
    const password = context.tls.chardevSecret === true ? `${id}-secret0` : undefined;
    if (password !== undefined) addSecret(args, context, password);
    addTlsCreds(
      args,
      creds,
      context.tls.chardev!,
      listen ? 'server' : 'client',
      !listen || context.tls.chardevVerify === true,
      password,
    );
  }
  return [
    'socket',
    `id=${escapeComma(id)}`,
    `host=${escapeComma(host)}`,
    `port=${service}`,
    ...(telnet ? ['telnet=on'] : []),
    ...(listen ? ['server=on', 'wait=off'] : []),
    ...(!listen && reconnect?.enabled === true && reconnect.timeout !== undefined
      ? [`reconnect=${reconnect.timeout}`]
      : []),
    ...(creds !== undefined ? [`tls-creds=${creds}`] : []),
  ];
}

export function addSerials(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const serial of def.devices.serial) {
    const id = `char${serial.alias?.name ?? ''}`;
    addChardev(args, context, serial, id);
    if (serialIsBuiltin(serial)) args.add('-serial', `chardev:${id}`);
    else addSerialDevice(args, def, serial, id);
  }
}

function addSerialDevice(args: ArgList, def: DomainDef, serial: SerialDef, chardev: string): void {
  const driver = serial.target?.model?.name;
  if (driver === undefined) throw internalError('Invalid target model for serial device');
  const flag = SERIAL_FLAGS[driver];
  if (flag !== undefined && !args.caps.has(flag))
    throw configUnsupported(`'${driver}' is not supported in this QEMU binary`);
  const isa = driver === 'isa-serial' || driver === 'isa-debugcon';
  args.device({
    driver,
    chardev,
    id: serial.alias?.name ?? '',
    ...(driver === 'isa-serial' && { index: serial.target?.port ?? 0 }),
    ...(driver === 'isa-debugcon' && serial.address?.type !== 'isa' && { iobase: undefined }),
    ...(isa || serial.address !== undefined ? addressProps(def, serial) : {}),
  });
}

export function addParallels(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const parallel of def.devices.parallel as ParallelDef[]) {
    const id = `char${parallel.alias?.name ?? ''}`;
    addChardev(args, context, parallel, id);
    args.device({ driver: 'isa-parallel', chardev: id, id: parallel.alias?.name ?? '' });
  }
}

export function addChannels(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const channel of def.devices.channel as ChannelDef[]) {
    const alias = channel.alias?.name ?? '';
    const id = `char${alias}`;
    const { target } = channel;
    addChardev(args, context, channel, id, { purpose: alias });
    if (target.type === 'guestfwd')
      args.netdev({
        type: 'user',
        guestfwd: [{ str: `tcp:${target.address}:${target.port}-chardev:${id}` }],
        id: alias,
      });
    else if (target.type === 'xen') throw configUnsupported('channels of Xen are not supported by QEMU');
    else if (target.type === 'virtio') addVirtSerialPort(args, def, channel, id, alias, target.name);
  }
}

const SPICE_AGENT = 'com.redhat.spice.0';

/** The port of a virtio-serial controller that a device is. */
function virtioSerialPlace(def: DomainDef, { address }: DeviceInfo): Props {
  if (address === undefined) return {};
  if (address.type !== 'virtio-serial') throw internalError('virtio serial device has invalid address type');
  return {
    bus: `${controllerAlias(def, 'virtio-serial', address.controller)}.${address.bus}`,
    nr: address.port,
  };
}

function addVirtSerialPort(
  args: ArgList,
  def: DomainDef,
  channel: ChannelDef,
  chardev: string,
  alias: string,
  name: string | undefined,
): void {
  if (channel.type === 'spicevmc' && name !== undefined && name !== SPICE_AGENT)
    throw configUnsupported(`Unsupported spicevmc target name '${name}'`);
  args.device({
    driver: 'virtserialport',
    ...virtioSerialPlace(def, channel),
    chardev,
    id: alias,
    ...(channel.type === 'spicevmc' ? { name: name ?? SPICE_AGENT } : name !== undefined && { name }),
  });
}

export function addConsoles(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const console of def.devices.console as ConsoleDef[]) {
    const alias = console.alias?.name ?? '';
    const id = `char${alias}`;
    switch (console.target?.type) {
      case 'sclp':
      case 'sclplm':
        addChardev(args, context, console, id);
        args.device({
          driver: console.target.type === 'sclp' ? 'sclpconsole' : 'sclplmconsole',
          chardev: id,
          id: alias,
        });
        break;
      case 'virtio':
        addChardev(args, context, console, id);
        args.device({
          driver: 'virtconsole',
          ...virtioSerialPlace(def, console),
          chardev: id,
          id: alias,
        });
        break;
      default:
        // The serial port that it stands for is there already.
        break;
    }
  }
}
