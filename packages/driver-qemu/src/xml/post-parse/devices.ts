import type {
  DomainDef,
  DomainDevice,
  DomainParseOptions,
  GraphicsDef,
  InterfaceDef,
  PanicDef,
  TpmDef,
  VideoDef,
} from '@virtkit/core/conf';
import { settleShmem } from './shmem.js';
import { generateUuid } from '@virtkit/core/util';
import { alignedNvdimm, PSERIES_BLOCK } from '../../nvdimm.js';
import type { QemuCaps } from '../../capabilities/index.js';
import type { QemuXmlRules } from '../rules.js';
import { isArm, isArmVirt, isPpc64, isPSeries, isRiscvVirt, isS390 } from '../../machine.js';
import { postParseChardev } from './chardevs.js';
import { postParseController } from './controllers.js';
import { postParseDisk } from './disks.js';

/** qemuDomainDeviceDefPostParse: what QEMU's devices are where their documents leave it open. */
export function postParseDevice(
  { kind, device }: DomainDevice,
  def: DomainDef,
  rules: QemuXmlRules,
  parse: DomainParseOptions,
): void {
  const { caps } = rules;
  switch (kind) {
    case 'controller':
      return postParseController(device, def, caps, parse);
    case 'disk':
      return postParseDisk(device);
    case 'interface':
      return postParseInterface(device, def, caps);
    case 'serial':
    case 'parallel':
    case 'console':
    case 'channel':
      return postParseChardev({ kind, device } as never, def, rules, parse);
    case 'video':
      return postParseVideo(device, def, caps);
    case 'graphics':
      if (parse.inactive !== false) dropGeneratedSocket(device, rules.stateDirs);
      return;
    case 'memballoon':
      // What is not there has no place either.
      if (device.model === 'none') delete device.address;
      return;
    case 'panic':
      return postParsePanic(device, def);
    case 'tpm':
      return postParseTpm(device, def);
    case 'vsock':
      device.model ??= 'virtio';
      return;
    case 'shmem':
      settleShmem(device);
      return;
    case 'memory':
      if (device.model === 'virtio-pmem') device.access ??= 'shared';
      if (device.model === 'nvdimm' && isPpc64(def)) {
        device.uuid ??= generateUuid();
        device.target.size = alignedNvdimm(device.target);
      }
      if (device.model === 'dimm' && isPpc64(def))
        device.target.size = Math.ceil(device.target.size / PSERIES_BLOCK) * PSERIES_BLOCK;
      return;
    case 'hostdev':
      if (device.type === 'mdev' && device.model === 'vfio-pci' && caps?.has('vfio-pci.display') === true)
        device.display ??= false;
      return;
  }
}

function postParseInterface(device: InterfaceDef, def: DomainDef, caps: QemuCaps | undefined): void {
  if (device.model !== undefined || device.type === 'hostdev') return;
  const type = device.type === 'vdpa' ? 'virtio' : defaultNetModel(def, caps);
  device.model = { type };
}

/** qemuDomainDefaultNetModel */
function defaultNetModel(def: DomainDef, caps: QemuCaps | undefined): string {
  if (isS390(def)) return 'virtio';
  if (isArm(def)) {
    if (def.os.type.machine === 'versatilepb') return 'smc91c111';
    return isArmVirt(def) ? 'virtio' : 'lan9118';
  }
  if (isRiscvVirt(def)) return 'virtio';
  if (caps === undefined || caps.has('rtl8139')) return 'rtl8139';
  if (caps.has('e1000')) return 'e1000';
  return caps.has('virtio-net') ? 'virtio' : 'rtl8139';
}

/** Sockets in our own folders were made up at some start, and are made up anew at the next. */
function dropGeneratedSocket(device: GraphicsDef, folders: readonly string[] = []): void {
  if (device.type !== 'vnc') return;
  const [first] = device.listen;
  if (first?.type !== 'socket' || !folders.some((folder) => first.socket?.startsWith(folder) === true)) return;
  device.listen = [{ type: 'address' }];
  device.port = -1;
  device.autoport = true;
}

function postParseVideo(device: VideoDef, def: DomainDef, caps: QemuCaps | undefined): void {
  const model = (device.model ??= { type: 'default' });
  if (model.type === 'none') {
    // What is not there has no properties.
    device.model = { type: 'none' };
    delete device.driver;
    return;
  }
  if (model.type === 'default') model.type = defaultVideo(def, caps);
  if (model.type !== 'qxl') return;
  model.vgamem ??= 16 * 1024;
  // The device's memories are PCI resources.
  for (const key of ['ram', 'vram', 'vgamem'] as const)
    if (model[key] !== undefined) model[key] = 2 ** Math.ceil(Math.log2(model[key]));
}

/** qemuDomainDefaultVideoDevice */
function defaultVideo(def: DomainDef, caps: QemuCaps | undefined): 'vga' | 'virtio' | 'cirrus' | 'default' {
  if (isPpc64(def)) return 'vga';
  if (isArmVirt(def) || isRiscvVirt(def) || isS390(def)) return 'virtio';
  if (caps?.has('cirrus-vga') === true) return 'cirrus';
  return caps?.has('VGA') === true ? 'vga' : 'default';
}

function postParsePanic(device: PanicDef, def: DomainDef): void {
  device.model ??= isPSeries(def) ? 'pseries' : isS390(def) ? 's390' : 'isa';
}

function postParseTpm(device: TpmDef, def: DomainDef): void {
  device.model ??= isPSeries(def) ? 'tpm-spapr' : 'tpm-tis';
  const { backend } = device;
  if (backend?.type === 'emulator')
    backend.version ??= device.model === 'tpm-tis' && def.os.type.arch !== 'aarch64' ? '1.2' : '2.0';
}
