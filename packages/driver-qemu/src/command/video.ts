import type { DomainDef, VideoDef } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import { isArmVirt } from '../machine.js';
import type { ArgList, Props } from './arg-list.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';
import { virtioProps } from './virtio.js';

const PRIMARY: Readonly<Record<string, string>> = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  vmvga: 'vmware-svga',
  qxl: 'qxl-vga',
  virtio: 'virtio-vga',
  bochs: 'bochs-display',
  ramfb: 'ramfb',
};

/** qemuBuildVideoCommandLine */
export function addVideos(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const [index, video] of def.devices.video.entries()) {
    const type = video.model?.type;
    if (type === undefined || type === 'none') continue;
    const primary = index === 0;
    const vhost = video.driver?.name === 'vhostuser';
    const chardev = `chr-vu-${video.alias?.name ?? ''}`;
    if (vhost) addChardevFd(args, context, video, chardev);
    args.device({ ...videoProps(args, def, video, primary, vhost, chardev), ...addressProps(def, video) });
  }
}

function addChardevFd(args: ArgList, context: CommandContext, video: VideoDef, id: string): void {
  args.add('-chardev', `socket,id=${id},fd=${context.passedFd(`${video.alias?.name ?? ''}-vhost-user`)}`);
}

function driverOf(
  args: ArgList,
  def: DomainDef,
  video: VideoDef,
  primary: boolean,
  vhost: boolean,
): { base: string; virtio: boolean } {
  const type = video.model?.type ?? 'vga';
  const gl = video.model?.acceleration?.accel3d === true;
  if (type === 'virtio') {
    // Where firmware draws by VGA, the first display must understand that.
    const vga = primary && !isArmVirt(def) && args.caps.has('virtio-vga');
    if (vhost) return { base: vga ? 'vhost-user-vga' : 'vhost-user-gpu', virtio: !vga };
    if (vga) return { base: gl && args.caps.has('virtio-vga-gl') ? 'virtio-vga-gl' : 'virtio-vga', virtio: false };
    return { base: gl && args.caps.has('virtio-gpu-gl-pci') ? 'virtio-gpu-gl' : 'virtio-gpu', virtio: true };
  }
  const base = !primary && type === 'qxl' ? 'qxl' : PRIMARY[type];
  if (base === undefined) throw configUnsupported(`video type '${type}' is not supported with QEMU`);
  return { base, virtio: false };
}

const MIB = 1024;

function videoProps(
  args: ArgList,
  def: DomainDef,
  video: VideoDef,
  primary: boolean,
  vhost: boolean,
  chardev: string,
): Props {
  const { caps } = args;
  const model = video.model!;
  const { base, virtio } = driverOf(args, def, video, primary, vhost);
  const gl = model.acceleration?.accel3d;
  const options = video.driver;
  const head = virtio
    ? virtioProps(base, video, caps, undefined, options)
    : model.type === 'virtio'
      ? { ...(!vhost && virtioProps('virtio', video, caps, undefined, options)), driver: base }
      : { driver: base };
  const isGl = base.includes('-gl');
  const wantsVirgl =
    model.type === 'virtio' &&
    !isGl &&
    !vhost &&
    gl !== undefined &&
    caps.has('virtio-gpu.virgl') &&
    !caps.has('virtio-gpu-gl-pci');
  return {
    ...head,
    id: video.alias?.name ?? '',
    ...(wantsVirgl && { virgl: gl }),
    ...memory(args, video),
    ...(vhost && { chardev }),
    ...(model.resolution !== undefined && { xres: model.resolution.x, yres: model.resolution.y }),
  };
}

function memory({ caps }: ArgList, video: VideoDef): Props {
  const model = video.model!;
  switch (model.type) {
    case 'qxl':
      return {
        ...(model.heads && { max_outputs: model.heads }),
        ...(model.ram !== undefined && { ram_size: model.ram * MIB }),
        ...(model.vram !== undefined && { vram_size: model.vram * MIB }),
        ...(caps.has('qxl.vram64_size_mb') && { vram64_size_mb: Math.floor((model.vram64 ?? 0) / MIB) }),
        ...(model.vgamem !== undefined && { vgamem_mb: Math.floor(model.vgamem / MIB) }),
      };
    case 'virtio':
      return model.heads ? { max_outputs: model.heads } : {};
    case 'vga':
      return model.vram !== undefined && caps.has('VGA.vgamem_mb') ? { vgamem_mb: Math.floor(model.vram / MIB) } : {};
    case 'vmvga':
      return model.vram !== undefined && caps.has('vmware-svga.vgamem_mb')
        ? { vgamem_mb: Math.floor(model.vram / MIB) }
        : {};
    case 'bochs':
      return model.vram !== undefined ? { vgamem: model.vram * MIB } : {};
    default:
      return {};
  }
}
