import type { CallContext, DomainOps, DomainRef } from '@virtkit/core/driver';
import {
  DomainCreateFlags,
  DomainDestroyFlagsValues,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutdownFlagValues,
  DomainState,
} from '@virtkit/core/util';
import { agentAvailable, agentCommandUntil } from '../agent/index.js';
import { notRunning } from '../domain/domain.js';
import { startDomain } from '../domain/start.js';
import { endProcess, stopDomain } from '../domain/stop.js';
import { operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { startFromManagedSave } from '../save/managed-save.js';
import { jobsOf } from './job.js';
import type { QemuSession } from './session.js';

/** Starting, stopping, and what lies between. */
export const lifecycleOps = (host: QemuHost, session: QemuSession) => {
  const { find, job, liveJob } = jobsOf(host);

  const create = (ref: DomainRef, flags: number, call: CallContext): Promise<DomainRef> =>
    job('domainCreate', ref, call, async (domain) => {
      if (domain.active) throw operationInvalid('domain is already running');
      const { signal } = call;
      if (!(await startFromManagedSave(host, domain, flags, signal)))
        await startDomain(host, domain, { paused: (flags & DomainCreateFlags.START_PAUSED) !== 0, signal });
      if (flags & DomainCreateFlags.START_AUTODESTROY) session.autodestroy(domain);
      return domain.ref;
    });

  /** Ends a domain at once, whatever job it is busy with: that job fails when the process is gone. */
  const destroy = async (ref: DomainRef, flags: number): Promise<void> => {
    const domain = find(ref);
    const { live } = domain;
    if (live === undefined) {
      if (domain.abortStart === undefined) throw notRunning();
      // It is starting: that is given up, unless it is over by now.
      domain.abortStart();
      await domain.jobs.run('domainDestroy', () => undefined, { patience: Infinity });
      return domain.live === undefined ? undefined : destroy(ref, flags);
    }
    const graceful = (flags & DomainDestroyFlagsValues.GRACEFUL) !== 0;
    live.beingDestroyed = true;
    try {
      await endProcess(live, { graceful });
    } catch (error) {
      live.beingDestroyed = false;
      throw error;
    }
    await domain.jobs.run('domainDestroy', () => stopDomain(host, domain, live, 'destroyed'), { patience: Infinity });
  };

  const powerButton = (name: string, ref: DomainRef, call: CallContext, reboot: boolean) =>
    liveJob(name, ref, call, async (live) => {
      live.fakeReboot = reboot;
      await live.monitor.execute('system_powerdown', undefined, call);
    });

  /** By the agent where it is asked for or there; by the button where that may help after all. */
  const bringDown = async (name: string, ref: DomainRef, flags: number, call: CallContext, reboot: boolean) => {
    const domain = find(ref);
    const { ACPI_POWER_BTN, GUEST_AGENT } = DomainShutdownFlagValues;
    const asked = (flags & GUEST_AGENT) !== 0;
    if (asked || (flags === 0 && agentAvailable(domain)))
      try {
        const mode = reboot ? 'reboot' : 'powerdown';
        return await agentCommandUntil(domain, 'guest-shutdown', { mode }, [reboot ? 'RESET' : 'SHUTDOWN'], call);
      } catch (error) {
        if (asked && (flags & ACPI_POWER_BTN) === 0) throw error;
      }
    return powerButton(name, ref, call, reboot);
  };

  return {
    domainCreateWithFlags: create,

    domainSuspend: (ref, call) =>
      liveJob('domainSuspend', ref, call, async (live, domain) => {
        if (domain.status.state === DomainState.PMSUSPENDED) throw operationInvalid('domain is pmsuspended');
        if (domain.status.state === DomainState.PAUSED) return;
        live.pausedReason = DomainPausedReason.USER;
        await live.monitor.execute('stop', undefined, call);
        await host.saveStatus(domain);
      }),

    domainResume: (ref, call) =>
      liveJob('domainResume', ref, call, async (live, domain) => {
        const { state } = domain.status;
        if (state === DomainState.PMSUSPENDED) throw operationInvalid('domain is pmsuspended');
        if (state === DomainState.RUNNING) throw operationInvalid('domain is already running');
        live.runningReason = DomainRunningReason.UNPAUSED;
        await live.monitor.execute('cont', undefined, call);
        await host.saveStatus(domain);
      }),

    domainShutdownFlags: (ref, flags, call) => bringDown('domainShutdown', ref, flags, call, false),
    domainReboot: (ref, flags, call) => bringDown('domainReboot', ref, flags, call, true),

    domainReset: (ref, _flags, call) =>
      liveJob('domainReset', ref, call, async (live, domain) => {
        await live.monitor.execute('system_reset', undefined, call);
        live.fakeReboot = false;
        if (domain.status.state === DomainState.CRASHED) await host.saveStatus(domain);
      }),

    domainDestroyFlags: destroy,
  } satisfies DomainOps;
};
