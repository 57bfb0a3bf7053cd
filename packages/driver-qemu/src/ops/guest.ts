import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  CallContext,
  DeviceOps,
  DomainOps,
  GuestOps,
  PassthroughOps,
  StreamDriver,
  TuningOps,
} from '@virtkit/core/driver';
import type { LiveDomain } from '../domain/live-domain.js';
import { internalError, invalidArg, operationInvalid } from '../errors.js';
import { emulatorOf } from '../domain/model.js';
import { taintMessages } from '../domain/taints.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const HMP = 1; // VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
const VIRTUAL = 1; // VIR_MEMORY_VIRTUAL
const PHYSICAL = 2; // VIR_MEMORY_PHYSICAL

/** A file that has been written, as a stream that removes it at its end. */
async function fileStream(path: string): Promise<StreamDriver> {
  const file = await open(path, 'r');
  await rm(path, { force: true });
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    await file.close();
  };
  return {
    async streamRecv(max) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(max, 65_536)));
      return bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
    },
    streamFinish: end,
    streamAbort: () => void end(),
  };
}

/** What is done to a running guest from outside, besides its life cycle. */
export const guestOps = (host: QemuHost) => {
  const { find, liveJob } = jobsOf(host);
  let serial = 0;

  /** The reply as libvirt passes it on: refusals are replies too. */
  async function monitorCommand({ monitor }: LiveDomain, text: string, flags: number, call: CallContext) {
    if (flags & HMP) return monitor.execute<string>('human-monitor-command', { 'command-line': text }, call);
    let command: Record<string, unknown>;
    try {
      command = JSON.parse(text) as typeof command;
    } catch (error) {
      throw internalError(`cannot parse json ${text}: ${(error as Error).message}`, error);
    }
    return JSON.stringify(await monitor.pass(command, call));
  }

  return {
    domainInjectNMI: (ref, _flags, call) =>
      liveJob(
        'domainInjectNMI',
        ref,
        call,
        async ({ monitor }) => void (await monitor.execute('inject-nmi', {}, call)),
      ),

    domainPMWakeup: (ref, _flags, call) =>
      liveJob('domainPMWakeup', ref, call, async ({ monitor }) => {
        await monitor.execute('system_wakeup', undefined, call);
      }),

    domainScreenshot: (ref, screen, _flags, call) =>
      find(ref).ask(
        'domainScreenshot',
        async ({ monitor, dir }) => {
          const { def } = find(ref);
          const video = def.devices.video.find(({ model }) => model?.type !== 'none');
          if (video === undefined) throw operationInvalid('no screens to take screenshot from');
          const heads = video.model?.heads ?? 1;
          if (screen >= heads) throw operationInvalid('no such screen ID');
          const filename = join(dir, `screenshot-${++serial}`);
          const png = (await host.capsOf(emulatorOf(def))).has('screenshot-format-png');
          const device = video.alias && screen > 0 ? { device: video.alias.name, head: screen } : {};
          await monitor.execute('screendump', { filename, ...(png && { format: 'png' }), ...device }, call);
          return { mime: png ? 'image/png' : 'image/x-portable-pixmap', stream: await fileStream(filename) };
        },
        call,
      ),

    domainMemoryPeek: (ref, offset, size, flags, call) => {
      const domain = find(ref);
      if (flags !== VIRTUAL && flags !== PHYSICAL)
        throw invalidArg('flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL');
      return domain.ask(
        'domainMemoryPeek',
        async ({ monitor, dir }) => {
          const filename = join(dir, `memory-${++serial}`);
          const command = flags === PHYSICAL ? 'pmemsave' : 'memsave';
          try {
            await monitor.execute(command, { val: offset, size, filename }, call);
            return await readFile(filename);
          } finally {
            await rm(filename, { force: true });
          }
        },
        call,
      );
    },

    domainQemuMonitorCommand: (ref, text, flags, call) =>
      find(ref).ask(
        'domainQemuMonitorCommand',
        (live) => {
          live.taints.add('custom-monitor');
          return monitorCommand(live, text, flags, call);
        },
        call,
      ),

    domainGetMessages: (ref, flags) => taintMessages(find(ref), flags),
  } satisfies GuestOps & DeviceOps & TuningOps & PassthroughOps & DomainOps;
};
