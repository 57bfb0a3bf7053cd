import type { DomainDef } from '@virtkit/core/conf';
import type { DomainRef } from '@virtkit/core/driver';
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

/** virDomainObjList: domains by UUID and name, in the order in which they came. */
export class DomainList {
  readonly #byUuid = new Map<string, LxcDomain>();
  readonly #byName = new Map<string, LxcDomain>();

  get all(): LxcDomain[] {
    return [...this.#byUuid.values()];
  }

  /** Raises NO_DOMAIN; `name` only serves the message. */
  byUuid(uuid: string, name?: string): LxcDomain {
    const domain = this.#byUuid.get(uuid);
    if (domain === undefined) throw noDomain(`uuid '${uuid}'${name === undefined ? '' : ` (${name})`}`);
    return domain;
  }

  /** Raises NO_DOMAIN. */
  byName(name: string): LxcDomain {
    const domain = this.#byName.get(name);
    if (domain === undefined) throw noDomain(`name '${name}'`);
    return domain;
  }

  /** The domain that a definition replaces, if any. Raises OPERATION_FAILED where only its name or only its UUID is taken. */
  match({ name, uuid }: DomainDef): LxcDomain | undefined {
    const domain = this.#byUuid.get(uuid);
    if (domain !== undefined && domain.name !== name)
      throw failed(`domain '${domain.name}' is already defined with uuid ${uuid}`);
    const other = this.#byName.get(name);
    if (domain === undefined && other !== undefined)
      throw failed(`domain '${name}' already exists with uuid ${other.uuid}`);
    return domain;
  }

  add(def: DomainDef): LxcDomain {
    const domain = new LxcDomain(def);
    this.#byUuid.set(domain.uuid, domain);
    this.#byName.set(domain.name, domain);
    return domain;
  }

  remove(domain: LxcDomain): void {
    domain.removed = true;
    this.#byUuid.delete(domain.uuid);
    this.#byName.delete(domain.name);
  }
}

export function noDomain(matching: string): LibvirtError {
  return new LibvirtError(ErrorCode.NO_DOMAIN, ErrorDomain.LXC, `No domain with matching ${matching}`);
}

function failed(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.OPERATION_FAILED, ErrorDomain.DOMAIN, detail);
}
