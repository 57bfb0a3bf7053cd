import type { CallContext, DomainRef } from '@virtkit/core/driver';
import { DomainEventID, DomainModificationImpact, type TypedParams } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { type Impact, impactOf } from '../domain/impact.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

/** How the operations of a host run their work. */
export interface Jobs {
  readonly find: (ref: DomainRef) => QemuDomain;
  /** A job of a domain that is still there when its turn has come. */
  readonly job: <T>(
    name: string,
    ref: DomainRef,
    call: CallContext,
    work: (domain: QemuDomain) => Promise<T>,
  ) => Promise<T>;
  /** A job of a domain that runs. */
  readonly liveJob: <T>(
    name: string,
    ref: DomainRef,
    call: CallContext,
    work: (live: LiveDomain, domain: QemuDomain) => Promise<T>,
  ) => Promise<T>;
}

export function jobsOf(host: QemuHost): Jobs {
  const find = (ref: DomainRef) => host.domains.byUuid(ref.uuid, ref.name);
  const job: Jobs['job'] = (name, ref, call, work) => {
    const domain = find(ref);
    return domain.jobs.run(
      name,
      () => {
        domain.assertListed();
        return work(domain);
      },
      call,
    );
  };
  return {
    find,
    job,
    liveJob: (name, ref, call, work) => job(name, ref, call, async (domain) => work(domain.running, domain)),
  };
}

const { LIVE, CONFIG } = DomainModificationImpact;

/** virDomainObjGetOneDef: a change of either what runs or the definition, not of both at once. */
export function oneImpactOf(domain: QemuDomain, flags: number): Impact {
  if ((flags & LIVE) !== 0 && (flags & CONFIG) !== 0)
    throw invalidArg('a running guest and its definition cannot be changed at once by this call');
  return impactOf(domain, flags);
}

/** Tells clients of limits that changed while a guest runs. */
export function emitTunable(host: QemuHost, domain: QemuDomain, params: TypedParams): void {
  if (params.length > 0) host.events.emit(DomainEventID.TUNABLE, domain.uuid, { dom: domain.ref, params });
}
