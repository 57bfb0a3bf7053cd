import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Fields,
  list,
  long,
  oneOf,
  part,
  refined,
  req,
  type Scalar,
  str,
  ulong,
  variants,
  yesNo,
} from '../xml/index.js';
import { internal, refusedAs, wrong } from './common/problems.js';

export const TIMER_NAMES = ['platform', 'pit', 'rtc', 'hpet', 'tsc', 'kvmclock', 'hypervclock', 'armvtimer'] as const;

/** virDomainTimerDef */
export interface TimerDef {
  name: (typeof TIMER_NAMES)[number];
  present?: boolean;
  tickpolicy?: 'delay' | 'catchup' | 'merge' | 'discard';
  track?: 'boot' | 'guest' | 'wall' | 'realtime';
  frequency?: number;
  mode?: 'auto' | 'native' | 'emulate' | 'paravirt' | 'smpsafe';
  catchup?: { threshold?: number; slew?: number; limit?: number };
}

interface Timers {
  timer: TimerDef[];
}

/** virDomainClockDef */
export type ClockDef = Timers &
  (
    | { offset: 'utc' | 'localtime'; adjustment?: string }
    | { offset: 'timezone'; timezone: string }
    | { offset: 'variable'; adjustment?: string; basis?: 'utc' | 'localtime'; adjustment0?: number }
    | { offset: 'absolute'; start: number }
  );

const seconds = attr(ulong, { unset: 0 });

const timer: ElementCodec<TimerDef> = elementOf<TimerDef>('timer', {
  name: req(oneOf(...TIMER_NAMES)),
  present: attr(yesNo),
  tickpolicy: attr(oneOf('delay', 'catchup', 'merge', 'discard')),
  track: attr(oneOf('boot', 'guest', 'wall', 'realtime')),
  frequency: attr(ulong, { unset: 0 }),
  mode: attr(oneOf('auto', 'native', 'emulate', 'paravirt', 'smpsafe')),
  catchup: child(part('catchup', { threshold: seconds, slew: seconds, limit: seconds }, { omitEmpty: true })),
});

const timers: Fields<Timers> = { timer: list(timer) };

const noClock = (name: string, offset: string) => () =>
  internal(`missing '${name}' attribute for clock with offset='${offset}'`);

/** 'reset', or seconds. */
const adjustment: Scalar<string> = refined(
  str,
  (text) => (text === 'reset' ? text : long.parse(text)?.toString()),
  "seconds, or 'reset'",
);
const shift: Scalar<string> = refined(str, (text) => long.parse(text)?.toString(), 'seconds');
const badAdjustment = {
  emptyIsAbsent: true,
  invalid: (value: string) => wrong(`unknown clock adjustment '${value}'`),
} as const;

export const clock: ElementCodec<ClockDef> = elementOf<ClockDef>(
  'clock',
  variants(
    'offset',
    {
      utc: { adjustment: attr(adjustment, badAdjustment), ...timers },
      localtime: { adjustment: attr(adjustment, badAdjustment), ...timers },
      timezone: { timezone: req(str, { missing: noClock('timezone', 'timezone') }), ...timers },
      variable: {
        adjustment: attr(shift, { lenient: true }),
        basis: attr(oneOf('utc', 'localtime'), { ...refusedAs('unknown clock basis'), emptyIsAbsent: true }),
        adjustment0: attr(long).when('status'),
        ...timers,
      },
      absolute: { start: req(ulong, { missing: noClock('start', 'absolute') }), ...timers },
    },
    { fallback: 'utc', emptyIsAbsent: true, ...refusedAs('unknown clock offset') },
  ),
  { after: settleAdjustment },
);

/** A number of seconds makes a clock variable; only 'reset' leaves it what it is. */
function settleAdjustment(model: ClockDef): void {
  if (
    (model.offset === 'utc' || model.offset === 'localtime') &&
    model.adjustment !== undefined &&
    model.adjustment !== 'reset'
  )
    Object.assign(model, { offset: 'variable', basis: model.offset });
  if (model.offset === 'variable') {
    model.adjustment ??= '0';
    model.basis ??= 'utc';
  }
}
