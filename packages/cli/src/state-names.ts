import {
  DomainBlockedReason,
  DomainCrashedReason,
  DomainNostateReason,
  DomainPausedReason,
  DomainPMSuspendedReason,
  DomainRunningReason,
  DomainShutdownReason,
  DomainShutoffReason,
  DomainState,
} from '@virtkit/core/util';

const STATES: Readonly<Record<number, readonly [name: string, reasons: Readonly<Record<string, number>>]>> = {
  [DomainState.NOSTATE]: ['no state', DomainNostateReason],
  [DomainState.RUNNING]: ['running', DomainRunningReason],
  [DomainState.BLOCKED]: ['idle', DomainBlockedReason],
  [DomainState.PAUSED]: ['paused', DomainPausedReason],
  [DomainState.SHUTDOWN]: ['in shutdown', DomainShutdownReason],
  [DomainState.SHUTOFF]: ['shut off', DomainShutoffReason],
  [DomainState.CRASHED]: ['crashed', DomainCrashedReason],
  [DomainState.PMSUSPENDED]: ['pmsuspended', DomainPMSuspendedReason],
};

/** Words for reasons that differ from the name of their constant. */
const WORDS: Readonly<Record<string, string>> = {
  FROM_SNAPSHOT: 'from snapshot',
  MIGRATION: 'migrating',
  IOERROR: 'I/O error',
  SAVE: 'saving',
  DUMP: 'dumping',
  SNAPSHOT: 'creating snapshot',
  WAKEUP: 'event wakeup',
  POSTCOPY: 'post-copy',
  POSTCOPY_FAILED: 'post-copy failed',
};

/** `running`, `shut off`, …, as virsh names virDomainState. */
export function stateName(state: number): string {
  return STATES[state]?.[0] ?? 'unknown';
}

/** The word for a reason of a state. */
export function reasonName(state: number, reason: number): string {
  const key = Object.entries(STATES[state]?.[1] ?? {}).find(([, value]) => value === reason)?.[0];
  if (key === undefined) return 'unknown';
  return WORDS[key] ?? key.toLowerCase().replaceAll('_', ' ');
}

/** The name of a number in a table of constants, in lower case with dashes. */
export function constantName(table: Readonly<Record<string, number>>, value: number): string {
  const key = Object.entries(table).find(([, number]) => number === value)?.[0];
  return key === undefined ? String(value) : key.toLowerCase().replaceAll('_', '-');
}
