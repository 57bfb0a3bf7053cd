import type { BlockOps, DomainOps, DomainRef, TuningOps } from '@virtkit/core/driver';
import { notRunning } from '../errors.js';
import type { LxcHost } from '../host/lxc-host.js';

/** What only a running container could do: domains of this driver are definitions, and say that they do not run. */
export const lifeOps = (host: LxcHost) => {
  const refuse = (ref: DomainRef): never => {
    host.find(ref);
    throw notRunning();
  };
  return {
    domainSuspend: refuse,
    domainResume: refuse,
    domainShutdownFlags: refuse,
    domainReboot: refuse,
    domainDestroyFlags: refuse,
    domainSendProcessSignal: refuse,
    domainMemoryStats: refuse,
    domainGetCPUStats: refuse,
    domainInterfaceStats: refuse,
    domainBlockStats: refuse,
  } satisfies DomainOps & TuningOps & BlockOps;
};
