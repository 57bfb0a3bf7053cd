import {
  attr,
  attrOr,
  child,
  type ElementCodec,
  elementOf,
  oneOf,
  part,
  req,
  str,
  uint,
  yesElse,
  yesNo,
} from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { virtioOptions, type VirtioOptions } from '../common/virtio-options.js';
import { internal, unsupported } from '../common/problems.js';

export const VIDEO_TYPES = [
  'vga',
  'cirrus',
  'vmvga',
  'xen',
  'vbox',
  'qxl',
  'parallels',
  'virtio',
  'gop',
  'none',
  'bochs',
  'ramfb',
  'default',
] as const;

export interface VideoModelDef {
  type: (typeof VIDEO_TYPES)[number];
  ram?: number;
  vram?: number;
  vram64?: number;
  vgamem?: number;
  heads?: number;
  primary?: boolean;
  acceleration?: { accel2d?: boolean; accel3d?: boolean; rendernode?: string };
  resolution?: { x: number; y: number };
}

/** virDomainVideoDef */
export interface VideoDef extends DeviceInfo {
  driver?: VirtioOptions & { name?: 'qemu' | 'vhostuser'; vgaconf?: 'io' | 'on' | 'off' };
  model?: VideoModelDef;
}

const model = elementOf<VideoModelDef>(
  'model',
  {
    type: attrOr(oneOf(...VIDEO_TYPES), 'default', {
      emptyIsAbsent: true,
      invalid: (value) => unsupported(`unknown video model '${value}'`),
    }),
    ram: attr(uint, { unset: 0, emptyIsAbsent: true }),
    vram: attr(uint, { unset: 0, emptyIsAbsent: true }),
    vram64: attr(uint, { unset: 0, emptyIsAbsent: true }),
    vgamem: attr(uint, { unset: 0, emptyIsAbsent: true }),
    heads: attr(uint, { emptyIsAbsent: true, invalid: (value) => internal(`cannot parse video heads '${value}'`) }),
    primary: attr(yesElse),
    acceleration: child(
      part(
        'acceleration',
        { accel2d: attr(yesNo), accel3d: attr(yesNo), rendernode: attr(str) },
        {
          omitEmpty: true,
          after(model) {
            if (Object.keys(model).length === 0) throw unsupported('missing values for acceleration');
          },
        },
      ),
    ),
    resolution: child(part('resolution', { x: req(uint), y: req(uint) })),
  },
  {
    after(model) {
      if (model.primary === false) delete model.primary;
    },
    // None is said by saying nothing, and yet is not the one that a card has by itself.
    before(model) {
      if (model.heads !== 0) return model;
      const { heads: _, ...rest } = model;
      return rest;
    },
  },
);

export const video: ElementCodec<VideoDef> = elementOf<VideoDef>('video', {
  driver: child(
    elementOf<NonNullable<VideoDef['driver']>>(
      'driver',
      {
        ...virtioOptions,
        name: attr(oneOf('qemu', 'vhostuser')),
        vgaconf: attr(oneOf('io', 'on', 'off'), { lenient: true }),
      },
      {
        omitEmpty: true,
        after(model) {
          if (model.vgaconf === 'io') delete model.vgaconf;
        },
      },
    ),
  ),
  model: child(model),
  ...deviceInfo,
});
