import { child, type ElementCodec, elementOf, leaf, list, str } from '../xml/index.js';
import { internal, wrong } from './common/problems.js';
import * as device from './devices/index.js';
import { inDeviceOrder } from './read-order.js';

/** `<devices>` of a domain; every kind is an array, in document order. */
export interface DevicesDef {
  emulator?: string;
  disk: device.DiskDef[];
  controller: device.ControllerDef[];
  lease: device.LeaseDef[];
  filesystem: device.FilesystemDef[];
  interface: device.InterfaceDef[];
  smartcard: device.SmartcardDef[];
  serial: device.SerialDef[];
  parallel: device.ParallelDef[];
  console: device.ConsoleDef[];
  channel: device.ChannelDef[];
  input: device.InputDef[];
  tpm: device.TpmDef[];
  graphics: device.GraphicsDef[];
  sound: device.SoundDef[];
  audio: device.AudioDef[];
  video: device.VideoDef[];
  hostdev: device.HostdevDef[];
  redirdev: device.RedirdevDef[];
  redirfilter?: device.RedirfilterDef;
  hub: device.HubDef[];
  watchdog: device.WatchdogDef[];
  memballoon?: device.MemballoonDef;
  rng: device.RngDef[];
  nvram?: device.NvramDef;
  panic: device.PanicDef[];
  shmem: device.ShmemDef[];
  memory: device.MemoryDeviceDef[];
  iommu?: device.IommuDef;
  vsock?: device.VsockDef;
  crypto: device.CryptoDef[];
}

export const devices: ElementCodec<DevicesDef> = elementOf<DevicesDef>(
  'devices',
  {
    emulator: leaf(str),
    disk: list(device.disk),
    controller: list(device.controller),
    lease: list(device.lease),
    filesystem: list(device.filesystem),
    interface: list(device.networkInterface),
    smartcard: list(device.smartcard),
    serial: list(device.serial),
    parallel: list(device.parallel),
    console: list(device.consoleDevice),
    channel: list(device.channel),
    input: list(device.input),
    tpm: list(device.tpm),
    graphics: list(device.graphics),
    sound: list(device.sound),
    audio: list(device.audio),
    video: list(device.video),
    hostdev: list(device.hostdev),
    redirdev: list(device.redirdev),
    redirfilter: child(device.redirfilter, {
      twice: () => internal('only one set of redirection filter rule is supported'),
    }),
    hub: list(device.hub),
    watchdog: list(device.watchdog, { twice: () => internal('only a single watchdog device is supported') }),
    memballoon: child(device.memballoon, {
      twice: () => internal('only a single memory balloon device is supported'),
    }),
    rng: list(device.rng),
    nvram: child(device.nvramDevice, { twice: () => internal('only a single nvram device is supported') }),
    panic: list(device.panic),
    shmem: list(device.shmem),
    memory: list(device.memoryDevice),
    iommu: child(device.iommu, { twice: () => wrong('only a single IOMMU device is supported') }),
    vsock: child(device.vsock, { twice: () => wrong('only a single vsock device is supported') }),
    crypto: list(device.crypto),
  },
  { keepOpen: true, prepare: inDeviceOrder },
);

/** No devices at all: what a new definition starts from. */
export function noDevices(): DevicesDef {
  return {
    disk: [],
    controller: [],
    lease: [],
    filesystem: [],
    interface: [],
    smartcard: [],
    serial: [],
    parallel: [],
    console: [],
    channel: [],
    input: [],
    tpm: [],
    graphics: [],
    sound: [],
    audio: [],
    video: [],
    hostdev: [],
    redirdev: [],
    hub: [],
    watchdog: [],
    rng: [],
    panic: [],
    shmem: [],
    memory: [],
    crypto: [],
  };
}

/** The kinds of device a domain can have, as its elements are named. */
export type DeviceKind = Exclude<keyof DevicesDef, 'emulator'>;
/** All of them in document order. */
export const DEVICE_KINDS = devices
  .describe()
  .fields.map(({ key }) => key)
  .filter((key) => key !== 'emulator') as readonly DeviceKind[];
/** A device of one kind. */
export type DeviceOf<K extends DeviceKind> =
  NonNullable<DevicesDef[K]> extends (infer D)[] ? D : NonNullable<DevicesDef[K]>;
/** virDomainDeviceDef: any device, with what kind it is. */
export type DomainDevice = { [K in DeviceKind]: { readonly kind: K; readonly device: DeviceOf<K> } }[DeviceKind];
