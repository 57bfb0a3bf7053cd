import { generateMac } from '../../../util/index.js';
import type { CharSource } from '../common/chardev.js';
import { unsupported, wrong } from '../common/problems.js';
import type { NetworkSource } from '../common/network-source.js';
import type { DomainDevice } from '../devices.js';
import type { DiskDef } from '../devices/disk.js';
import type { InputDef } from '../devices/input.js';
import type { InterfaceDef } from '../devices/interface.js';
import { NET_MODELS } from '../devices/interface/net-models.js';
import type { DomainDef } from '../domain-def.js';
import type { DomainXmlOption } from '../xml-option.js';
import { unusedControllerIndex } from './controllers.js';
import { assignDriveAddress, scsiHostdevAddress } from './disks.js';

/** virDomainDeviceDefPostParseCommon: defaults of one device. */
export function postParseDevice({ kind, device }: DomainDevice, def: DomainDef, option: DomainXmlOption): void {
  switch (kind) {
    case 'disk':
      postParseDisk(device);
      assignDriveAddress(device, def, option.features.has('wide-scsi'));
      break;
    case 'controller':
      if (device.index === -1) device.index = unusedControllerIndex(def, device.type);
      if (
        device.driver?.iothread !== undefined &&
        !(device.type === 'scsi' && device.model?.startsWith('virtio') === true)
      )
        throw wrong("'iothread' attribute only supported for virtio scsi controllers");
      break;
    case 'interface':
      postParseInterface(device, option);
      break;
    case 'filesystem':
      if (device.type !== 'mount' || device.source?.socket === undefined) device.accessmode ??= 'passthrough';
      break;
    case 'serial':
    case 'parallel':
    case 'channel':
      settleProtocol(device);
      break;
    case 'console':
      settleProtocol(device);
      device.target ??= {};
      device.target.type ??= 'serial';
      break;
    case 'redirdev':
      settleProtocol(device);
      if (device.type === 'dbus') device.source ??= { channel: 'org.qemu.usbredir' };
      break;
    case 'input':
      settleInput(device, def);
      break;
    case 'rng':
      if (device.backend.model === 'random') device.backend.path ??= '/dev/random';
      if (device.backend.model === 'egd') settleProtocol(device.backend);
      break;
    case 'vsock':
      device.cid ??= {};
      if (device.cid.auto === undefined) device.cid = { auto: device.cid.address === undefined, ...device.cid };
      break;
    case 'tpm':
      if (device.backend.type === 'passthrough') device.backend.device ??= { path: '/dev/tpm0' };
      break;
    case 'smartcard':
      if (device.mode === 'passthrough') settleProtocol(device);
      break;
    case 'shmem':
      device.model ??= { type: 'ivshmem' };
      break;
    case 'hostdev':
      if (device.type !== 'scsi') break;
      if (device.source.protocol === 'iscsi') settleIscsi(device.source);
      device.address ??= scsiHostdevAddress(def, option.features.has('wide-scsi'));
      break;
    case 'video':
      device.model ??= { type: 'default' };
      break;
  }
}

/** virDomainInputDefParseXML's part that depends on the guest: where input devices are that do not say it. */
export function settleInputs(def: DomainDef): void {
  for (const input of def.devices.input) settleInput(input, def);
}

function settleInput(input: InputDef, def: DomainDef): void {
  input.bus ??= inputBus(input.type, def);
}

function inputBus(type: InputDef['type'], { type: virtType, os }: DomainDef): NonNullable<InputDef['bus']> {
  if (os.type.value !== 'hvm') return virtType === 'vz' || virtType === 'parallels' ? 'parallels' : 'xen';
  if (type === 'passthrough') return 'virtio';
  if (type === 'evdev' && os.type.arch !== 's390x') return 'none';
  const { arch } = os.type;
  if (arch === 's390x' || arch === 's390') return 'virtio';
  const isPc = arch === undefined || arch === 'x86_64' || arch === 'i686';
  if ((type === 'mouse' || type === 'keyboard') && isPc) return 'ps2';
  return arch === 's390' || arch === 's390x' ? 'virtio' : 'usb';
}

/** Text over TCP goes as it is, unless a protocol is named. */
function settleProtocol(device: CharSource): void {
  if (device.type === 'tcp') device.protocol ??= { type: 'raw' };
}

const DEFAULT_PORTS: Partial<Record<NetworkSource['protocol'], number>> = {
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  tftp: 69,
  sheepdog: 7000,
  nbd: 10809,
  iscsi: 3260,
  gluster: 24007,
  ssh: 22,
  vxhs: 9999,
};

/** virDomainDiskDefPostParse */
function postParseDisk(disk: DiskDef): void {
  if (disk.device === 'cdrom') disk.readonly = true;
  if (disk.type === 'vhostuser') disk.snapshot ??= 'no';
  // A drive without medium has no kind of medium either.
  if (disk.source === undefined && (disk.device === 'cdrom' || disk.device === 'floppy'))
    (disk as { type: string }).type = 'file';
  if (disk.type === 'network' && disk.source !== undefined) settleNetworkSource(disk.source);
}

/** Where firmware keeps its variables is a source like a disk's. */
export function settleNvram({ nvram }: DomainDef['os']): void {
  if (nvram !== undefined && 'source' in nvram && nvram.type === 'network' && nvram.source !== undefined)
    settlePorts(nvram.source as NetworkSource);
}

/** virStorageSourceNetworkAssignDefaultPorts, and the unit that an iSCSI target without one has. */
function settleNetworkSource(source: NetworkSource): void {
  settlePorts(source);
  if (source.protocol === 'iscsi') settleIscsi(source as { name?: string });
}

function settlePorts(source: NetworkSource): void {
  const port = DEFAULT_PORTS[source.protocol];
  if (port !== undefined)
    for (const host of source.host) if ((host.transport ?? 'tcp') === 'tcp' && !host.port) host.port = port;
}

function settleIscsi(source: { name?: string }): void {
  if (source.name !== undefined && source.name !== '' && !source.name.includes('/')) source.name += '/0';
}

/** virDomainNetDefPostParse */
function postParseInterface(net: InterfaceDef, option: DomainXmlOption): void {
  net.mac ??= { address: generateMac(option.defaults.macPrefix) };
  const model = net.model?.type;
  if (model !== undefined && !option.features.has('net-model-string') && !KNOWN_NET_MODELS.has(model))
    throw unsupported(`driver does not support net model '${model}'`);
}

const KNOWN_NET_MODELS: ReadonlySet<string> = new Set(NET_MODELS);

/** Names that libvirt makes up for the host's end of an interface. */
const GENERATED_NAME = /^(vnet|macvtap|macvlan)/;

/** What a definition should not say because it was made up for one run: names that would be made up again. */
export function forgetRunTime({ kind, device }: DomainDevice): void {
  if (kind !== 'interface' || device.target?.dev === undefined || !GENERATED_NAME.test(device.target.dev)) return;
  const { dev: _, ...rest } = device.target;
  if (Object.keys(rest).length > 0) device.target = rest;
  else delete device.target;
}
