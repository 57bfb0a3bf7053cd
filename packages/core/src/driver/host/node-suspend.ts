import { spawn } from 'node:child_process';
import { ErrorCode, type HostReader, NodeSuspendTarget } from '../../util/index.js';
import { invalidArgument, nodeError, refuseFlags } from './node-errors.js';

/** What the kernel calls the ways to sleep, and how libvirt names those that there are not. */
const TARGETS: Readonly<Record<number, { readonly state: string; readonly mode: string; readonly name: string }>> = {
  [NodeSuspendTarget.MEM]: { state: 'mem', mode: 'mem', name: 'Suspend-to-RAM' },
  [NodeSuspendTarget.DISK]: { state: 'disk', mode: 'disk', name: 'Suspend-to-Disk' },
  [NodeSuspendTarget.HYBRID]: { state: 'disk', mode: 'disk', name: 'Hybrid-Suspend' },
};

/** Less is over before the machine sleeps. */
const SHORTEST = 60n;
/** Time for the answer to reach the client, in ms. */
const GRACE = 10_000;

/**
 * virNodeSuspend: puts the machine to sleep after a moment, and has its clock wake it. Raises ARGUMENT_UNSUPPORTED for what it
 * cannot do, INVALID_ARG for too short a time.
 */
export async function suspendNode(reader: HostReader, target: number, duration: bigint, flags: number): Promise<void> {
  refuseFlags(flags, 'nodeSuspendForDuration');
  const how = TARGETS[target];
  if (how === undefined) throw invalidArgument('Invalid suspend target');
  const [states, clock] = await Promise.all([
    reader.text('/sys/power/state'),
    reader.text('/sys/class/rtc/rtc0/since_epoch'),
  ]);
  if (states?.trim().split(/\s+/).includes(how.state) !== true || clock === undefined)
    throw nodeError(ErrorCode.ARGUMENT_UNSUPPORTED, how.name);
  if (duration < SHORTEST) throw invalidArgument(`Suspend duration is too short, must be at least ${SHORTEST} seconds`);
  setTimeout(() => {
    const asleep = spawn('rtcwake', ['--mode', how.mode, '--seconds', String(duration)], {
      stdio: 'ignore',
      detached: true,
    });
    asleep.on('error', () => undefined);
    asleep.unref();
  }, GRACE).unref();
}
