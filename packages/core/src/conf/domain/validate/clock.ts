import { unsupported } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

/** The clocks that have each setting. */
const TIMER_SETTINGS = {
  tickpolicy: new Set(['platform', 'pit', 'rtc', 'hpet', 'tsc', 'armvtimer']),
  track: new Set(['platform', 'rtc']),
  frequency: new Set(['tsc']),
  mode: new Set(['tsc']),
} as const;

/** virDomainDefClockValidate: what each of a guest's clocks can be told. */
export function checkClock({ clock }: DomainDef): void {
  for (const timer of clock.timer)
    for (const key of ['tickpolicy', 'track', 'frequency', 'mode'] as const)
      if (timer[key] !== undefined && !TIMER_SETTINGS[key].has(timer.name))
        throw unsupported(`timer ${timer.name} doesn't support setting of timer ${key}`);
}
