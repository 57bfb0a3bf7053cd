import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Fields,
  oneOf,
  part,
  intWith,
  req,
  reqChild,
  str,
  uint,
  variants,
} from '../../xml/index.js';
import { aroundCharSource, type CharSource } from '../common/chardev.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { refusedAsPlain, unsupported, wrong } from '../common/problems.js';

export const SERIAL_TARGETS = [
  'isa-serial',
  'usb-serial',
  'pci-serial',
  'spapr-vio-serial',
  'system-serial',
  'sclp-serial',
  'isa-debug',
] as const;
export const SERIAL_MODELS = [
  'isa-serial',
  'usb-serial',
  'pci-serial',
  'spapr-vty',
  'pl011',
  'sclpconsole',
  'sclplmconsole',
  '16550a',
  'isa-debugcon',
] as const;
export const CONSOLE_TARGETS = ['serial', 'xen', 'uml', 'virtio', 'lxc', 'openvz', 'sclp', 'sclplm'] as const;

export interface SerialTargetDef {
  type?: (typeof SERIAL_TARGETS)[number];
  port?: number;
  model?: { name: (typeof SERIAL_MODELS)[number] };
}

/** virDomainChrDef with deviceType serial */
export type SerialDef = DeviceInfo & CharSource & { target?: SerialTargetDef };
/** virDomainChrDef with deviceType parallel */
export type ParallelDef = DeviceInfo & CharSource & { target?: { port?: number } };
/** virDomainChrDef with deviceType console */
export type ConsoleDef = DeviceInfo &
  CharSource & { target?: { type?: (typeof CONSOLE_TARGETS)[number]; port?: number } };

export type ChannelTargetDef =
  | { type: 'virtio'; name?: string; state?: 'connected' | 'disconnected' }
  | { type: 'xen'; name?: string; state?: 'connected' | 'disconnected' }
  | { type: 'guestfwd'; address: string; port: number };

/** virDomainChrDef with deviceType channel */
export type ChannelDef = DeviceInfo & CharSource & { target: ChannelTargetDef };

const charType = refusedAsPlain('unknown type presented to host for character device: ');
const fallback = { fallback: 'pty', ...charType } as const;
/** Channels of the display server are virtio ports; of other devices libvirt lets one kind pass that has the same number. */
const spiceOnlyTo = (kind: string) => ({
  after({ type, target }: { type: string; target?: { type?: string | undefined } | undefined }): void {
    if (type === 'spicevmc' && target?.type !== kind) throw unsupported('spicevmc device type only supports virtio');
  },
});
const targetType = {
  invalid: (value: string) => unsupported(`unknown target type '${value}' specified for character device`),
};
const targetModel = {
  invalid: (value: string) => unsupported(`unknown target model '${value}' specified for character device`),
};
/** -1 asks for the next free one. */
const port = attr(intWith({ min: -1 }), { unset: -1 });

const serialTarget = elementOf<SerialTargetDef>('target', {
  type: attr(oneOf(...SERIAL_TARGETS), targetType),
  port,
  model: child(
    part('model', { name: attr(oneOf(...SERIAL_MODELS), { ...targetModel, emptyIsAbsent: true }) }) as ElementCodec<
      NonNullable<SerialTargetDef['model']>
    >,
    { emptyIsAbsent: true },
  ),
});

export const serial: ElementCodec<SerialDef> = elementOf<SerialDef>(
  'serial',
  variants('type', aroundCharSource({}, { target: child(serialTarget), ...deviceInfo }), fallback),
  spiceOnlyTo('usb-serial') as never,
);

export const parallel: ElementCodec<ParallelDef> = elementOf<ParallelDef>(
  'parallel',
  variants('type', aroundCharSource({}, { target: child(part('target', { port })), ...deviceInfo }), fallback),
  spiceOnlyTo('none') as never,
);

export const consoleDevice: ElementCodec<ConsoleDef> = elementOf<ConsoleDef>(
  'console',
  variants(
    'type',
    aroundCharSource(
      {},
      { target: child(part('target', { type: attr(oneOf(...CONSOLE_TARGETS), targetType), port })), ...deviceInfo },
    ),
    fallback,
  ),
  spiceOnlyTo('xen') as never,
);

const virtioTarget: Fields<{ name?: string; state?: 'connected' | 'disconnected' }> = {
  name: attr(str),
  state: attr(oneOf('connected', 'disconnected')).when('live'),
};

const channelTarget = elementOf<ChannelTargetDef>(
  'target',
  variants(
    'type',
    {
      virtio: virtioTarget,
      xen: virtioTarget,
      guestfwd: {
        address: req(str, {
          missing: () => wrong('guestfwd channel does not define a target address'),
        }),
        port: req(uint, { missing: () => wrong('guestfwd channel does not define a target port') }),
      },
    },
    { ...targetType, missing: () => unsupported("unknown target type '' specified for character device") },
  ),
);

export const channel: ElementCodec<ChannelDef> = elementOf<ChannelDef>(
  'channel',
  variants(
    'type',
    aroundCharSource(
      {},
      {
        target: reqChild(channelTarget, { missing: () => wrong('target type must be specified for channel device') }),
        ...deviceInfo,
      },
    ),
    fallback,
  ),
  spiceOnlyTo('virtio') as never,
);
