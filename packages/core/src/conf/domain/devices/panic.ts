import { attr, type ElementCodec, elementOf, oneOf } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { refusedAs } from '../common/problems.js';

export const PANIC_MODELS = ['isa', 'pseries', 'hyperv', 's390', 'pvpanic'] as const;

/** virDomainPanicDef */
export interface PanicDef extends DeviceInfo {
  model?: (typeof PANIC_MODELS)[number];
}

export const panic: ElementCodec<PanicDef> = elementOf<PanicDef>(
  'panic',
  {
    model: attr(oneOf(...PANIC_MODELS), refusedAs('unknown panic model')),
    ...deviceInfo,
  },
  { omitEmpty: true },
);
