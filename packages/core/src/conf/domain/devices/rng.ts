import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  oneOf,
  optText,
  req,
  reqChild,
  str,
  uint,
  variants,
} from '../../xml/index.js';
import { type CharSource, aroundCharSource } from '../common/chardev.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { virtioDriver, type VirtioOptions } from '../common/virtio-options.js';
import { refusedAs, unsupported, wrong } from '../common/problems.js';

export type RngBackendDef = { model: 'random'; path?: string } | ({ model: 'egd' } & CharSource) | { model: 'builtin' };

/** virDomainRNGDef */
export interface RngDef extends DeviceInfo {
  model: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  rate?: { bytes: number; period?: number };
  backend: RngBackendDef;
  driver?: VirtioOptions;
}

const egdSource = variants<CharSource, 'type'>('type', aroundCharSource({}, {}), {
  invalid: (value) => unsupported(`unknown backend type '${value}' for egd`),
});

const backend = elementOf<RngBackendDef>(
  'backend',
  variants(
    'model',
    { random: { path: optText(str) }, egd: egdSource, builtin: {} },
    refusedAs('unknown RNG backend model'),
  ),
);

export const rng: ElementCodec<RngDef> = elementOf<RngDef>('rng', {
  model: req(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional'), refusedAs('unknown RNG model')),
  rate: child(
    elementOf<{ bytes: number; period?: number }>(
      'rate',
      {
        bytes: attr(uint, { emptyIsAbsent: true }) as never,
        period: attr(uint, { emptyIsAbsent: true }),
      },
      {
        before: (model) => (!model.bytes ? undefined : model.period === 0 ? { bytes: model.bytes } : model),
      },
    ),
  ),
  backend: reqChild(backend, { twice: () => wrong('only one RNG backend is supported') }),
  driver: child(virtioDriver),
  ...deviceInfo,
});
