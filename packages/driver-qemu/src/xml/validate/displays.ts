import type { AudioDef, GraphicsDef, VideoDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuFlag } from '../../capabilities/index.js';
import { configUnsupported, xmlError } from '../../errors.js';
import { need, refuseIf, type Subject } from './subject.js';

/** What displays, and the sound that goes with them, need of one another. */
export function checkDisplays({ def }: Subject): void {
  const { graphics } = def.devices;
  if (!graphics.some(({ type }) => type === 'egl-headless')) return;
  refuseIf(
    graphics.some(({ type }) => !WITH_HEADLESS.has(type)),
    "graphics type 'egl-headless' is only supported with one of: 'vnc', 'spice' graphics types",
  );
  refuseIf(
    graphics.some((one) => one.type === 'spice' && one.gl?.enable === true),
    'multiple OpenGL displays are not supported by QEMU',
  );
}

const WITH_HEADLESS: ReadonlySet<GraphicsDef['type']> = new Set(['egl-headless', 'vnc', 'spice']);

const GRAPHICS_FLAGS: Partial<Record<GraphicsDef['type'], QemuFlag>> = {
  sdl: 'sdl',
  vnc: 'vnc',
  spice: 'spice',
  'egl-headless': 'egl-headless',
  dbus: 'display-dbus',
};

/** The protocol has no room for more. */
const LONGEST_PASSWORD = 8;

/** qemuValidateDomainDeviceDefGraphics */
export function checkGraphics(device: GraphicsDef, subject: Subject): void {
  const flag = GRAPHICS_FLAGS[device.type];
  if (flag === undefined) throw configUnsupported(`unsupported graphics type '${device.type}'`);
  need(subject, flag, `'${device.type}' graphics are not supported with this QEMU`);
  const passwd = device.type === 'vnc' ? (device.passwd ?? '') : '';
  refuseIf(
    passwd.length > LONGEST_PASSWORD,
    `VNC password is ${passwd.length} characters long, only ${LONGEST_PASSWORD} permitted`,
  );
  if (device.type === 'vnc' && device.powerControl !== undefined)
    need(subject, 'vnc-power-control', 'VNC power control is not available');
  refuseIf(
    device.type === 'vnc' && device.connected !== undefined && device.connected !== 'keep',
    "VNC supports connected='keep' only",
  );
  if (device.type === 'dbus') {
    const id = device.audio?.id;
    const audio = subject.def.devices.audio.find((one) => one.id === id);
    refuseIf(audio !== undefined && audio.type !== 'dbus', "The associated audio is not of 'dbus' kind.");
  }
  if (device.type === 'egl-headless' && device.gl?.rendernode !== undefined)
    need(subject, 'egl-headless.rendernode', 'This QEMU does not support egl-headless rendernode');
  if (device.type !== 'spice') return;
  const tls = subject.rules.spiceTls === true;
  refuseIf(
    device.tlsPort !== undefined && device.tlsPort > 0 && device.listen[0]?.type !== 'none' && !tls,
    'spice TLS port set in XML configuration, but TLS is disabled in qemu.conf',
  );
  if (device.gl?.enable === true) need(subject, 'spice-gl', "This QEMU doesn't support spice OpenGL");
}

const VIDEO_FLAGS: Partial<Record<string, QemuFlag>> = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  vmvga: 'vmware-svga',
  qxl: 'qxl',
  virtio: 'virtio-gpu',
  bochs: 'bochs-display',
  ramfb: 'ramfb',
};
const WITH_RESOLUTION = new Set(['vga', 'qxl', 'virtio', 'bochs']);
const SECONDARY = new Set(['qxl', 'virtio', 'none']);
/** A number of KiB that would not fit in QEMU's of bytes. */
const MOST_KIB = 4194303;
const overflow = (detail: string) => new LibvirtError(ErrorCode.OVERFLOW, ErrorDomain.QEMU, detail);

/** qemuValidateDomainDeviceDefVideo */
export function checkVideo({ model, driver }: VideoDef, subject: Subject): void {
  const type = model?.type;
  if (model === undefined || type === undefined || type === 'none') return;
  const flag = VIDEO_FLAGS[type];
  if (flag === undefined) throw configUnsupported(`video type '${type}' is not supported with QEMU`);
  if (driver?.name === 'vhostuser') {
    need(subject, 'vhost-user-gpu', `'vhost-user' driver is not supported with '${type}' device`);
    refuseIf(type !== 'virtio', `'vhostuser' driver is only supported with 'virtio' device`);
  } else if (!(type === 'virtio' && (subject.caps.has('virtio-gpu-ccw') || subject.caps.has('virtio-gpu-gl-pci'))))
    need(subject, flag, `this QEMU does not support '${type}' video device`);
  refuseIf(
    model.primary !== true && !SECONDARY.has(type),
    `video type '${type}' is only valid as primary video device`,
  );
  refuseIf(model.acceleration?.accel2d === true, 'qemu does not support the accel2d setting');
  refuseIf(
    model.acceleration?.accel3d === true && type !== 'virtio',
    "3d acceleration is supported only with 'virtio' video device",
  );
  if (model.acceleration?.accel3d === true && driver?.name !== 'vhostuser')
    refuseIf(
      !subject.caps.has('virtio-gpu.virgl') && !subject.caps.has('virtio-gpu-gl-pci'),
      '3d acceleration is not supported by this QEMU binary',
    );
  refuseIf(
    (model.heads ?? 1) !== 1 && type !== 'qxl' && type !== 'virtio',
    `video type '${type}' doesn't support multiple 'heads'`,
  );
  if (model.resolution !== undefined && !WITH_RESOLUTION.has(type)) throw xmlError('model resolution is not supported');
  if (type === 'qxl')
    for (const key of ['vram', 'ram'] as const)
      if ((model[key] ?? 0) > MOST_KIB) throw overflow(`value for '${key}' must be less than '${MOST_KIB + 1}'`);
  const { vgamem } = model;
  if (vgamem !== undefined && (type === 'vga' || type === 'vmvga' || type === 'qxl')) {
    refuseIf(vgamem < 1024, "value for 'vgamem' must be at least 1 MiB (1024 KiB)");
    refuseIf((vgamem & (vgamem - 1)) !== 0, "value for 'vgamem' must be power of two");
  }
}

/** qemuValidateDomainDeviceDefAudio */
export function checkAudio({ type }: AudioDef, { def: { devices }, caps }: Subject): void {
  refuseIf(type === 'dbus' && !caps.has('display-dbus'), 'D-Bus audio is not supported with this QEMU');
  refuseIf(
    type === 'spice' && !devices.graphics.some((display) => display.type === 'spice'),
    'Spice audio is not supported without spice graphics',
  );
}
