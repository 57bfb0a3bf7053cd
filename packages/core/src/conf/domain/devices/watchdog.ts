import { attrOr, type ElementCodec, elementOf, oneOf, req } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { internal, refusedAs } from '../common/problems.js';

export const WATCHDOG_MODELS = ['i6300esb', 'ib700', 'diag288', 'itco'] as const;

/** virDomainWatchdogDef */
export interface WatchdogDef extends DeviceInfo {
  model: (typeof WATCHDOG_MODELS)[number];
  action: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'dump' | 'none' | 'inject-nmi';
}

export const watchdog: ElementCodec<WatchdogDef> = elementOf<WatchdogDef>('watchdog', {
  model: req(oneOf(...WATCHDOG_MODELS), {
    ...refusedAs('unknown watchdog model'),
    missing: () => internal('watchdog must contain model name'),
  }),
  action: attrOr(
    oneOf('reset', 'shutdown', 'poweroff', 'pause', 'dump', 'none', 'inject-nmi'),
    'reset',
    refusedAs('unknown watchdog action'),
  ),
  ...deviceInfo,
});
