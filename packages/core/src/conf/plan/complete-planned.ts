import { arrangeDomain, postParseDomain } from '../domain/post-parse.js';
import type { DomainDef } from '../domain/domain-def.js';
import { DEVICE_KINDS, type DeviceKind, type DevicesDef } from '../domain/devices.js';
import { copyDef } from '../domain/copy-def.js';
import { parseDomainNode } from '../domain/domain-xml.js';
import { foreignNamespaces, foreignOption } from '../documents/foreign-elements.js';
import { readXml } from '../xml/index.js';
import { domainItemKey } from './device-keys.js';

type Fields = Record<string, unknown>;

/**
 * Reads a domain document to be planned, without a driver's help: what a driver would fill in where the document says
 * nothing (addresses, controllers, the exact machine, MAC addresses...) is taken from the domain as it is.
 */
export function completePlanned(xml: string, from?: DomainDef): DomainDef {
  const root = readXml(xml, 'domain_definition');
  const option = foreignOption(foreignNamespaces(root));
  const def = parseDomainNode(root, option, { skipPostParse: true, skipValidate: true });
  if (from !== undefined) adoptIdentity(def, from);
  arrangeDomain(def, option);
  postParseDomain(def, option);
  if (from !== undefined) adopt(def, copyDef(from));
  return def;
}

/** Before anything is made up: the UUID and the MAC addresses that the domain has. */
function adoptIdentity(def: Partial<DomainDef>, from: DomainDef): void {
  def.uuid ??= from.uuid;
  if (def.genid === '' && from.genid !== undefined) def.genid = from.genid;
  const interfaces = def.devices?.interface ?? [];
  const taken = new Set(interfaces.map(({ mac }) => mac?.address));
  const free = from.devices.interface.filter(({ mac }) => !taken.has(mac?.address));
  for (const one of interfaces) {
    if (one.mac !== undefined) continue;
    const at = Math.max(
      0,
      free.findIndex(({ type }) => type === one.type),
    );
    const [found] = free.splice(at, 1);
    if (found?.mac !== undefined) one.mac = { ...found.mac };
  }
}

/** Versioned machines, by the name that stands for the newest of them. */
const MACHINES: Readonly<Record<string, string>> = { pc: 'pc-i440fx-', q35: 'pc-q35-' };

function adopt(def: DomainDef, from: DomainDef): void {
  fill(def.os.type as Fields, from.os.type as Fields, ['arch', 'machine']);
  const { machine } = def.os.type;
  if (machine !== undefined && from.os.type.machine?.startsWith(MACHINES[machine] ?? `${machine}-`) === true)
    def.os.type.machine = from.os.type.machine;
  if (def.os.firmware !== undefined && def.os.firmware === from.os.firmware)
    fill(def.os as unknown as Fields, from.os as unknown as Fields, ['loader', 'nvram', 'firmwareInfo']);
  fill(def as unknown as Fields, from as unknown as Fields, ['cpu', 'vcpus', 'iothreadids', 'iothreads']);
  adoptCpu(def, from);
  fill(def.vcpu as unknown as Fields, from.vcpu as unknown as Fields, ['placement']);
  if (def.seclabel.length === 0) def.seclabel = from.seclabel;
  if (from.features?.gic !== undefined) (def.features ??= {} as never).gic ??= from.features.gic;
  adoptDevices(def.devices, from.devices, def);
}

/** A processor of no model is the machine's own; of one, drivers say how exactly it is meant. */
function adoptCpu({ cpu }: DomainDef, { cpu: had }: DomainDef): void {
  if (cpu === undefined || had === undefined) return;
  const none = cpu.mode === 'custom' && cpu.model?.name === undefined;
  if (none) cpu.mode = had.mode;
  if (cpu.mode !== had.mode) return;
  const keys = ['check', 'migratable', ...(none || cpu.mode !== 'custom' ? ['match', 'model'] : [])];
  fill(cpu as unknown as Fields, had as unknown as Fields, keys);
}

/** Takes over what is missing. */
function fill(target: Fields, source: Fields, keys: readonly string[]): void {
  for (const key of keys) if (target[key] === undefined && source[key] !== undefined) target[key] = source[key];
}

/** What drivers fill in on devices of any kind, and of one kind. */
const COMMON = ['alias', 'address'];
const FILLED: { readonly [K in DeviceKind]?: readonly string[] } = {
  disk: ['driver.name', 'driver.type', 'target.bus', 'source.index'],
  controller: ['model', 'modelName', 'target', 'ports', 'vectors'],
  interface: ['model', 'target', 'virtualport.parameters'],
  serial: ['target'],
  parallel: ['target'],
  console: ['target'],
  channel: ['target', 'source.mode', 'source.path'],
  input: ['bus'],
  graphics: ['port', 'autoport', 'listen', 'websocket', 'audio', 'keymap'],
  sound: ['audio'],
  video: ['model', 'driver'],
  hostdev: ['managed', 'display'],
  vsock: ['model'],
  tpm: ['model', 'backend.version'],
  memballoon: ['model'],
  panic: ['model'],
  watchdog: ['action'],
  memory: ['target.node'],
  filesystem: ['accessmode', 'model', 'driver'],
  rng: ['model'],
};

function adoptDevices(devices: DevicesDef, from: DevicesDef, def: DomainDef): void {
  devices.emulator ??= from.emulator as string;
  for (const kind of DEVICE_KINDS) {
    const [given, had] = [devices[kind], from[kind]];
    if (had === undefined) continue;
    if (!Array.isArray(had)) {
      if (given === undefined) {
        if (kind === 'memballoon' || kind === 'nvram') (devices as unknown as Fields)[kind] = had;
      } else fillDevice(given as unknown as Fields, had as unknown as Fields, kind);
      continue;
    }
    const list = given as unknown as Fields[];
    const open = [...(had as unknown as Fields[])];
    const empty = list.length === 0;
    for (const device of list) {
      const key = keyOf(device, kind);
      const at = open.findIndex((other) => keyOf(other, kind) === key);
      if (at >= 0) fillDevice(device, open.splice(at, 1)[0] as Fields, kind);
    }
    for (const other of open) if (isFilledIn(kind, other, empty, def)) list.push(other);
  }
}

const keyOf = (device: Fields, kind: DeviceKind): string | undefined => domainItemKey(device, `devices.${kind}[]`);

function fillDevice(device: Fields, other: Fields, kind: DeviceKind): void {
  for (const path of [...COMMON, ...(FILLED[kind] ?? [])]) fillPath(device, other, path.split('.'));
  if (kind === 'interface') return;
  if (kind === 'graphics') settleListen(device.listen as Listen[], other.listen as Listen[]);
  const [model, had] = [device.model, other.model] as { type?: string }[];
  if (kind === 'video' && model?.type === 'default') device.model = other.model;
  else if (isFields(model) && isFields(had) && model.type === had.type) fill(model, had, Object.keys(had));
}

type Listen = { type: string; address?: string };

/** Who says no address listens on this host alone, and may be told so. */
function settleListen(wanted: Listen[] = [], had: Listen[] = []): void {
  wanted.forEach((one, at) => {
    if (one.type === 'address' && had[at]?.type === 'address' && had[at].address === '127.0.0.1')
      one.address ??= had[at].address;
  });
}

function fillPath(target: Fields, source: Fields, [key = '', ...rest]: readonly string[]): void {
  const had = source[key];
  if (had === undefined) return;
  if (rest.length > 0) {
    if (isFields(had) && (target[key] === undefined || isFields(target[key])))
      fillPath((target[key] ??= {}) as Fields, had, rest);
    if (isFields(target[key]) && Object.keys(target[key]).length === 0) delete target[key];
    return;
  }
  const given = target[key];
  if (given === undefined || (Array.isArray(given) && given.length === 0)) target[key] = had;
  else if (isFields(given) && isFields(had) && key !== 'model') fill(given, had, Object.keys(had));
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a device that the document does not name is there all the same after a definition. */
function isFilledIn(kind: DeviceKind, device: Fields, none: boolean, { devices }: DomainDef): boolean {
  switch (kind) {
    case 'controller':
      return needsController(String(device.type), devices);
    case 'input':
      return device.bus === 'ps2' || device.bus === 'xen';
    case 'console':
    case 'audio':
    case 'video':
      return none;
    case 'hub':
      return true;
    case 'panic':
      return device.model === 'pseries' || device.model === 's390';
    default:
      return false;
  }
}

function needsController(type: string, { disk, hostdev, channel, console: consoles, smartcard }: DevicesDef): boolean {
  switch (type) {
    case 'scsi':
      return disk.some(({ target }) => target?.bus === 'scsi') || hostdev.some((one) => one.type === 'scsi');
    case 'virtio-serial':
      return [...channel, ...consoles].some(
        ({ target }) => (target as { type?: string } | undefined)?.type === 'virtio',
      );
    case 'ccid':
      return smartcard.length > 0;
    default:
      return true;
  }
}
