import type { DomainDef } from '@virtkit/core/conf';
import { type DomainRef, ObjectList } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, JobQueue, LibvirtError } from '@virtkit/core/util';

/**
 * virDomainObj: one domain, which is stored and does not run. Its definition is never changed once it is here, only
 * replaced, so whoever holds one sees a state that existed.
 */
export class LxcDomain {
  /** What changes this domain runs as a job; queries do not wait. */
  readonly jobs = new JobQueue(ErrorDomain.LXC);
  autostart = false;
  /** True once it is no longer in the list: who waited for a job must find out. */
  removed = false;

  constructor(public def: DomainDef) {}

  get name(): string {
    return this.def.name;
  }

  get uuid(): string {
    return this.def.uuid;
  }

  get ref(): DomainRef {
    return { name: this.name, uuid: this.uuid, id: -1 };
  }
}

/** virDomainObjList: the domains of a host by UUID and name. */
export class DomainList extends ObjectList<LxcDomain> {
  constructor() {
    super('domain', ErrorDomain.DOMAIN);
  }

  /** Raises NO_DOMAIN. */
  of({ uuid, name }: DomainRef): LxcDomain {
    const domain = this.byUuid(uuid);
    if (domain === undefined) throw noDomain(`uuid '${uuid}' (${name})`);
    return domain;
  }

  override remove(domain: LxcDomain): void {
    domain.removed = true;
    super.remove(domain);
  }
}

export function noDomain(matching: string): LibvirtError {
  return new LibvirtError(ErrorCode.NO_DOMAIN, ErrorDomain.LXC, `No domain with matching ${matching}`);
}
