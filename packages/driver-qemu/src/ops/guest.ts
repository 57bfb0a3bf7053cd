import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  CallContext,
  DeviceOps,
  DomainOps,
  DomainRef,
  GuestOps,
  PassthroughOps,
  StreamDriver,
  TuningOps,
} from '@virtkit/core/driver';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { internalError, invalidArg, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { QmpCommandError } from '../qmp/index.js';

const HMP = 1; // VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
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
  const find = (ref: DomainRef) => host.domains.byUuid(ref.uuid, ref.name);

  const job = <T>(
    name: string,
    ref: DomainRef,
    call: CallContext,
    work: (live: LiveDomain, domain: QemuDomain) => Promise<T>,
  ): Promise<T> => {
    const domain = find(ref);
    return domain.jobs.run(
      name,
      () => {
        domain.assertListed();
        return work(domain.running, domain);
      },
      call,
    );
  };

  /** The reply as libvirt passes it on: refusals are replies too. */
  async function monitorCommand({ monitor }: LiveDomain, text: string, flags: number, call: CallContext) {
    if (flags & HMP) return monitor.execute<string>('human-monitor-command', { 'command-line': text }, call);
    let command: { execute?: unknown; arguments?: Record<string, unknown> };
    try {
      command = JSON.parse(text) as typeof command;
    } catch (error) {
      throw internalError(`cannot parse json ${text}: ${(error as Error).message}`, error);
    }
    if (typeof command.execute !== 'string')
      throw invalidArg(`a monitor command needs "execute" with the command's name: ${text}`);
    try {
      return JSON.stringify({ return: await monitor.execute(command.execute, command.arguments, call) });
    } catch (error) {
      const refusal = QmpCommandError.behind(error);
      if (refusal === undefined) throw error;
      return JSON.stringify({ error: { class: refusal.errorClass, desc: refusal.description } });
    }
  }

  return {
    domainInjectNMI: (ref, _flags, call) =>
      job('domainInjectNMI', ref, call, async ({ monitor }) => void (await monitor.execute('inject-nmi', {}, call))),

    domainPMWakeup: (ref, _flags, call) =>
      job('domainPMWakeup', ref, call, async ({ monitor }) => {
        await monitor.execute('system_wakeup', undefined, call);
      }),

    domainScreenshot: (ref, screen, _flags, call) =>
      job('domainScreenshot', ref, call, async ({ monitor, dir }, { def }) => {
        const video = def.devices.video.find(({ model }) => model?.type !== 'none');
        if (video === undefined) throw operationInvalid('no screens to take screenshot from');
        const heads = video.model?.heads ?? 1;
        if (screen >= heads) throw invalidArg(`no such screen: the guest has ${heads}`);
        const filename = join(dir, 'screenshot.ppm');
        const device = video.alias && screen > 0 ? { device: video.alias.name, head: screen } : {};
        await monitor.execute('screendump', { filename, ...device }, call);
        return { mime: 'image/x-portable-pixmap', stream: await fileStream(filename) };
      }),

    domainMemoryPeek: (ref, offset, size, flags, call) =>
      job('domainMemoryPeek', ref, call, async ({ monitor, dir }) => {
        const filename = join(dir, 'memory');
        const command = flags & PHYSICAL ? 'pmemsave' : 'memsave';
        try {
          await monitor.execute(command, { val: offset, size, filename }, call);
          return await readFile(filename);
        } finally {
          await rm(filename, { force: true });
        }
      }),

    domainQemuMonitorCommand: (ref, text, flags, call) =>
      job('domainQemuMonitorCommand', ref, call, (live) => monitorCommand(live, text, flags, call)),

    domainGetMessages: (ref) => (find(ref), []),
  } satisfies GuestOps & DeviceOps & TuningOps & PassthroughOps & DomainOps;
};
