import type { BootableInfo } from './common/device-info.js';
import { unsupported } from './common/problems.js';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { matchingDevices } from './device-match.js';
import { arrangeDevices } from './post-parse.js';
import type { ParsedDevice } from './device-xml.js';
import type { DeviceKind, DomainDevice } from './devices.js';
import type { DomainDef } from './domain-def.js';
import { diskByTarget, removeDevice } from './lookups.js';
import { consoleOf } from './post-parse/chardevs.js';
import { findController, insertController } from './post-parse/controllers.js';
import { insertDisk } from './post-parse/disks.js';

/** What libvirt's messages call kinds of device. */
const KIND_NAMES: Partial<Record<DeviceKind, string>> = {
  interface: 'net',
  serial: 'chr',
  parallel: 'chr',
  console: 'chr',
  channel: 'chr',
};

const isChardev = (kind: DeviceKind): boolean => KIND_NAMES[kind] === 'chr';
const nameOf = (kind: DeviceKind): string => KIND_NAMES[kind] ?? kind;

/** Kinds that can be added to a stored definition one by one, and taken from it. */
const CHANGEABLE = new Set<DeviceKind>([
  'disk',
  'interface',
  'sound',
  'hostdev',
  'lease',
  'controller',
  'serial',
  'parallel',
  'console',
  'channel',
  'filesystem',
  'rng',
  'memory',
  'redirdev',
  'shmem',
  'input',
  'vsock',
  'watchdog',
]);

const NOT_FOUND: Partial<Record<DeviceKind, string>> = {
  filesystem: 'no matching filesystem device was found',
  rng: 'no matching RNG device was found',
  memory: 'matching memory device was not found',
  redirdev: 'no matching redirdev was found',
  shmem: 'matching shmem device was not found',
  input: 'matching input device not found',
  vsock: 'matching vsock device not found',
};

/**
 * Changes of a stored definition, device by device (vir*DomainAttachDeviceConfig and its kin). They change `def`; the
 * caller works on a copy, completes it (`postParseDomain`) and stores it. Like libvirt's, they check the device that comes
 * in, when it is read, and not the whole again.
 */
export class DeviceConfig {
  constructor(
    private readonly def: DomainDef,
    private readonly domain: ErrorDomain,
  ) {
    // libvirt copies a definition by writing and reading it, and reading puts devices in order.
    arrangeDevices(def);
  }

  attach(wanted: ParsedDevice): void {
    const { def } = this;
    const { kind } = wanted;
    checkCompatible(def, wanted);
    if (!CHANGEABLE.has(kind)) throw this.unsupported('attach', kind);
    this.refuseDuplicate(wanted);
    switch (wanted.kind) {
      case 'disk':
        insertDisk(def.devices.disk, wanted.device);
        break;
      case 'controller':
        insertController(def.devices.controller, wanted.device);
        break;
      case 'vsock':
        def.devices.vsock = wanted.device;
        break;
      case 'memory':
        this.addMemory(wanted);
        break;
      case 'serial':
        // The first port is the first console as well.
        if (def.devices.serial.length === 0 && def.devices.console.length === 0)
          def.devices.console.push(consoleOf(wanted.device));
        def.devices.serial.push(wanted.device);
        break;
      default:
        (def.devices[kind] as unknown[]).push(wanted.device);
    }
  }

  /** Takes the device that is meant out, and answers it. */
  detach(wanted: ParsedDevice): DomainDevice {
    if (!CHANGEABLE.has(wanted.kind)) throw this.unsupported('detach', wanted.kind);
    if (wanted.kind === 'console' && (wanted.device.target?.type ?? 'serial') === 'serial')
      throw this.invalid('detaching serial console is not supported');
    const found = this.find(wanted);
    this.removeStub(found);
    removeDevice(this.def, found);
    if (found.kind === 'memory') this.def.memory.value -= found.device.target.size;
    if (found.kind === 'memory') this.def.currentMemory = Math.min(this.def.currentMemory, this.def.memory.value);
    return found;
  }

  /** Puts the device in the place of the one that is meant. */
  update(wanted: ParsedDevice): void {
    const { def } = this;
    switch (wanted.kind) {
      case 'disk': {
        const old = diskByTarget(def, wanted.device.target?.dev ?? '');
        if (old === undefined)
          throw this.error(ErrorCode.INVALID_ARG, `target ${wanted.device.target?.dev ?? ''} doesn't exist.`);
        replace(def.devices.disk, old, wanted.device);
        break;
      }
      case 'interface': {
        const old = this.find(wanted).device as DomainDef['devices']['interface'][number];
        replace(def.devices.interface, old, wanted.device);
        break;
      }
      case 'graphics': {
        const old = def.devices.graphics.find(({ type }) => type === wanted.device.type);
        if (old === undefined)
          throw this.error(
            ErrorCode.INVALID_ARG,
            `cannot find existing graphics type '${wanted.device.type}' device to modify`,
          );
        replace(def.devices.graphics, old, wanted.device);
        break;
      }
      case 'memory': {
        const [found] = matchingDevices(def, wanted);
        if (found === undefined) throw this.error(ErrorCode.INVALID_ARG, 'memory not found');
        const old = found.device as DomainDef['devices']['memory'][number];
        def.memory.value += wanted.device.target.size - old.target.size;
        replace(def.devices.memory, old, wanted.device);
        break;
      }
      default:
        throw this.unsupported('update', wanted.kind);
    }
  }

  private find(wanted: ParsedDevice): DomainDevice {
    const found = matchingDevices(this.def, wanted);
    if (found.length > 1 && wanted.kind === 'interface')
      throw this.error(
        ErrorCode.OPERATION_FAILED,
        `multiple devices matching MAC address ${wanted.device.mac?.address ?? ''} found: name its PCI address as well`,
      );
    const [first] = found;
    if (first === undefined)
      throw this.error(isChardev(wanted.kind) ? ErrorCode.INVALID_ARG : ErrorCode.DEVICE_MISSING, missing(wanted));
    return first;
  }

  /** The console that is another name of the first serial port goes with it. */
  private removeStub({ device }: DomainDevice): void {
    const { serial, console: consoles } = this.def.devices;
    if (device === serial[0] && consoles[0]?.target?.type === 'serial') consoles.shift();
  }

  private refuseDuplicate(wanted: ParsedDevice): void {
    const { def } = this;
    switch (wanted.kind) {
      case 'disk': {
        const dev = wanted.device.target?.dev ?? '';
        if (diskByTarget(def, dev) !== undefined) throw this.invalid(`target ${dev} already exists`);
        break;
      }
      case 'controller':
        if (findController(def, wanted.device.type, wanted.device.index) !== undefined)
          throw this.invalid(`controller index='${wanted.device.index}' already exists`);
        break;
      case 'hostdev':
      case 'shmem':
        if (matchingDevices(def, wanted).length > 0)
          throw this.invalid('device is already in the domain configuration');
        break;
      case 'filesystem':
        if (matchingDevices(def, wanted).length > 0) throw this.invalid('Target already exists');
        break;
      case 'lease':
        if (matchingDevices(def, wanted).length > 0)
          throw this.invalid(
            `Lease ${wanted.device.key} in lockspace ${wanted.device.lockspace ?? 'null'} already exists`,
          );
        break;
      case 'vsock':
        if (def.devices.vsock !== undefined) throw this.invalid('domain already has a vsock device');
        break;
      case 'console':
        if ((wanted.device.target?.type ?? 'serial') === 'serial')
          throw this.error(ErrorCode.OPERATION_UNSUPPORTED, 'attaching serial console is not supported');
        break;
    }
  }

  private addMemory({ device }: ParsedDevice & { kind: 'memory' }): void {
    const { def } = this;
    const slots = def.maxMemory?.slots ?? 0;
    if (def.devices.memory.length >= slots && device.model !== 'virtio-pmem' && device.model !== 'virtio-mem')
      throw this.invalid('no free memory device slot available');
    def.devices.memory.push(device);
    def.memory.value += device.target.size;
    def.currentMemory += device.target.size;
  }

  private unsupported(what: string, kind: DeviceKind): LibvirtError {
    return this.error(
      ErrorCode.OPERATION_UNSUPPORTED,
      `persistent ${what} of device '${nameOf(kind)}' is not supported`,
    );
  }

  private invalid(detail: string): LibvirtError {
    return this.error(ErrorCode.OPERATION_INVALID, detail);
  }

  private error(code: ErrorCode, detail: string): LibvirtError {
    return new LibvirtError(code, this.domain, detail);
  }
}

/** virDomainDefCompatibleDevice: whether a definition can have such a device at all. */
function checkCompatible(def: DomainDef, { kind, device }: ParsedDevice): void {
  if ((device as BootableInfo).boot !== undefined && def.os.boot.length > 0)
    throw unsupported('per-device boot elements cannot be used together with os/boot elements');
  if (kind === 'memory' && def.maxMemory === undefined)
    throw unsupported("cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
}

function replace<T>(list: T[], old: T, device: T): void {
  list[list.indexOf(old)] = device;
}

function missing(wanted: ParsedDevice): string {
  if (wanted.kind === 'disk') return `no target device ${wanted.device.target?.dev ?? ''}`;
  if (wanted.kind === 'interface')
    return wanted.macGenerated === true
      ? 'no matching device found'
      : `no device matching MAC address ${wanted.device.mac?.address ?? ''} found`;
  return NOT_FOUND[wanted.kind] ?? 'device not present in domain configuration';
}
