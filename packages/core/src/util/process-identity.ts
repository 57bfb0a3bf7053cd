import { readFileSync, readdirSync } from 'node:fs';

/** Names one process for good: a pid alone may have been given to another process since. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, from /proc/PID/stat. */
  readonly startTime: string;
  /** The boot that the start time counts from. */
  readonly bootId: string;
}

let currentBootId: string | undefined;

function bootId(): string {
  currentBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return currentBootId;
}

/** State letter and start time of a process; undefined when there is none. */
function stat(pid: number): { state: string; startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command's name stands in parentheses and may contain any character.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

/** The identity of a process that runs now; undefined when it does not. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const found = stat(pid);
  return found === undefined || found.state === 'Z' || found.state === 'X'
    ? undefined
    : { pid, startTime: found.startTime, bootId: bootId() };
}

/** True while that very process runs; a zombie does not run any more. */
export function isProcessRunning(identity: ProcessIdentity): boolean {
  const now = identity.bootId === bootId() ? identifyProcess(identity.pid) : undefined;
  return now?.startTime === identity.startTime;
}

/** Sends a signal to that very process; false when it has ended. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isProcessRunning(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

/**
 * Resolves when a process that is not our child has ended. Nothing tells when that happens, so this looks often at first,
 * when the caller has reason to believe that the end is near, then every 50 ms. False at the deadline or when aborted.
 */
export async function waitForProcessEnd(
  identity: ProcessIdentity,
  deadline: number,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let pause = 1; isProcessRunning(identity); pause = Math.min(pause * 2, 50)) {
    const left = deadline - performance.now();
    if (left <= 0 || signal?.aborted) return false;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
  return true;
}

/** Running processes whose environment holds exactly this `NAME=value`, as far as we may look. */
export function processesWithEnvironment(entry: string): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    let environment: string;
    try {
      environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    } catch {
      continue;
    }
    const identity = environment.split('\0').includes(entry) ? identifyProcess(pid) : undefined;
    if (identity !== undefined) found.push(identity);
  }
  return found;
}
