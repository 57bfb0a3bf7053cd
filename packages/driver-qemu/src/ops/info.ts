import { readFileSync } from 'node:fs';
import type { DomainOps, DomainRef, HostOps, TuningOps } from '@virtkit/core/driver';
import { DomainControlState, DomainXMLFlags } from '@virtkit/core/util';
import { notRunning, type QemuDomain } from '../domain/domain.js';
import { formatDomainXml } from '../domain/xml.js';
import { withOriginalCpu } from '../save/saved-definition.js';
import type { QemuHost } from '../host/qemu-host.js';

/** Clock ticks per second as /proc counts them: fixed by the kernel's interface. */
const TICKS = 100n;

/** CPU time that a process has used, in nanoseconds; 0 for one that has ended. */
export function cpuTimes(pid: number): { user: bigint; system: bigint } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const nanoseconds = (ticks: string | undefined) => (BigInt(ticks ?? 0) * 1_000_000_000n) / TICKS;
    return { user: nanoseconds(fields[11]), system: nanoseconds(fields[12]) };
  } catch {
    return { user: 0n, system: 0n };
  }
}

/** Memory that the guest has now, in KiB. */
export function currentMemory(domain: QemuDomain): number {
  return domain.live?.balloon ?? domain.def.currentMemory;
}

export const currentVcpus = ({ def }: QemuDomain): number => def.vcpu.current ?? def.vcpu.value;

/** Facts that need no job: they are answered from the last known state. */
export const infoOps = (host: QemuHost) => {
  const find = (ref: DomainRef) => host.domains.byUuid(ref.uuid, ref.name);
  return {
    // No security driver runs: virsh and others show that, rather than an error.
    nodeGetSecurityModel: () => ({ model: 'none', doi: '0' }),
    domainGetSecurityLabel(ref) {
      find(ref);
      return { label: '', enforcing: false };
    },
    domainGetSecurityLabelList(ref) {
      const domain = find(ref);
      if (!domain.active) return [];
      const { seclabel } = domain.def;
      return [
        { label: '', enforcing: false },
        ...seclabel.flatMap(({ imagelabel }) =>
          imagelabel === undefined ? [] : [{ label: imagelabel, enforcing: false }],
        ),
      ];
    },

    domainGetInfo: (ref) => {
      const domain = find(ref);
      const used = domain.live === undefined ? { user: 0n, system: 0n } : cpuTimes(domain.live.process.pid);
      return {
        state: domain.status.state,
        maxMem: BigInt(domain.def.memory.value),
        memory: BigInt(currentMemory(domain)),
        nrVirtCpu: currentVcpus(domain),
        cpuTime: used.user + used.system,
      };
    },
    domainGetState: (ref) => find(ref).status,
    domainGetControlInfo: (ref) => {
      const domain = find(ref);
      if (domain.live === undefined) throw notRunning();
      const { holder, busyFor } = domain.jobs;
      const stateTime = BigInt(Math.round(busyFor));
      if (domain.job !== undefined) return { state: DomainControlState.JOB, details: domain.job.operation, stateTime };
      if (holder === undefined) return { state: DomainControlState.OK, details: 0, stateTime: 0n };
      return { state: DomainControlState.OCCUPIED, details: 0, stateTime };
    },
    domainGetOSType: (ref) => find(ref).def.os.type.value,
    domainIsActive: (ref) => find(ref).active,
    domainIsPersistent: (ref) => find(ref).persistent,
    domainIsUpdated: () => false,
    domainGetXMLDesc: (ref, flags) => {
      const domain = find(ref);
      const inactive = (flags & DomainXMLFlags.INACTIVE) !== 0 && domain.newDef !== undefined;
      if (inactive) return formatDomainXml(domain.persistentDef, flags);
      if ((flags & DomainXMLFlags.MIGRATABLE) === 0 || domain.live === undefined)
        return formatDomainXml(domain.def, flags);
      // Another host is told what was asked for, not what became of it here.
      return formatDomainXml(withOriginalCpu(domain), flags | DomainXMLFlags.INACTIVE);
    },
    domainGetMaxMemory: (ref) => BigInt(find(ref).def.memory.value),
  } satisfies DomainOps & HostOps & TuningOps;
};
