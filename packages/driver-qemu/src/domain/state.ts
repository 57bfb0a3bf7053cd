import {
  DomainPausedReason,
  DomainRunningReason,
  DomainShutdownReason,
  DomainShutoffReason,
  DomainState,
} from '@virtkit/core/util';

/** A domain's state with the reason for it; the meaning of `reason` depends on `state`. */
export interface StateAndReason {
  readonly state: DomainState;
  readonly reason: number;
}

export const running = (reason: DomainRunningReason): StateAndReason => ({ state: DomainState.RUNNING, reason });
export const paused = (reason: DomainPausedReason): StateAndReason => ({ state: DomainState.PAUSED, reason });
export const shutoff = (reason: DomainShutoffReason): StateAndReason => ({ state: DomainState.SHUTOFF, reason });

/** The words for states in status documents. */
const STATES: Readonly<Record<string, DomainState>> = {
  running: DomainState.RUNNING,
  paused: DomainState.PAUSED,
  shutdown: DomainState.SHUTDOWN,
  shutoff: DomainState.SHUTOFF,
  crashed: DomainState.CRASHED,
  pmsuspended: DomainState.PMSUSPENDED,
};

const REASONS: Readonly<Partial<Record<DomainState, Readonly<Record<string, number>>>>> = {
  [DomainState.RUNNING]: DomainRunningReason,
  [DomainState.PAUSED]: DomainPausedReason,
  [DomainState.SHUTDOWN]: DomainShutdownReason,
  [DomainState.SHUTOFF]: DomainShutoffReason,
};

const word = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** The words of a state and its reason, as status documents have them. */
export function stateWords({ state, reason }: StateAndReason): { state: string; reason: string } {
  const reasons = REASONS[state] ?? {};
  return {
    state: Object.keys(STATES).find((name) => STATES[name] === state) ?? 'nostate',
    reason: word(Object.keys(reasons).find((name) => reasons[name] === reason) ?? 'unknown'),
  };
}

/** Reads what {@link stateWords} wrote; an unknown state is undefined, an unknown reason 0. */
export function stateOfWords(state: string, reason: string): StateAndReason | undefined {
  const number = STATES[state];
  if (number === undefined) return undefined;
  const reasons = REASONS[number] ?? {};
  return { state: number, reason: reasons[Object.keys(reasons).find((name) => word(name) === reason) ?? ''] ?? 0 };
}
