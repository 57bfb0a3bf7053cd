import type { DomainDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { QemuDomain, noDomain } from '../domain/domain.js';

/** virDomainObjList: the domains of a host by UUID, name and id. */
export class DomainList {
  readonly #byUuid = new Map<string, QemuDomain>();
  readonly #byName = new Map<string, QemuDomain>();
  #lastId = 0;

  get all(): QemuDomain[] {
    return [...this.#byUuid.values()];
  }

  /** Raises NO_DOMAIN. `name` only serves the message. */
  byUuid(uuid: string, name?: string): QemuDomain {
    const domain = this.#byUuid.get(uuid);
    if (domain === undefined) throw noDomain(`uuid '${uuid}'${name ? ` (${name})` : ''}`);
    return domain;
  }

  /** Raises NO_DOMAIN. */
  byName(name: string): QemuDomain {
    const domain = this.#byName.get(name);
    if (domain === undefined) throw noDomain(`name '${name}'`);
    return domain;
  }

  /** Raises NO_DOMAIN. */
  byId(id: number): QemuDomain {
    for (const domain of this.#byUuid.values()) if (domain.id === id && id !== -1) return domain;
    throw noDomain(`id ${id}`);
  }

  /** A number for a guest that starts, not used before by this host. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Keeps ids of adopted guests from being given again. */
  reserveId(id: number): void {
    this.#lastId = Math.max(this.#lastId, id);
  }

  /**
   * The domain that `name` and `uuid` belong to; undefined when both are free. Raises OPERATION_FAILED when only one of
   * them is taken, or when `mustBeInactive` and the domain runs (OPERATION_INVALID).
   */
  check(name: string, uuid: string, mustBeInactive = false): QemuDomain | undefined {
    const domain = this.#byUuid.get(uuid);
    if (domain !== undefined && domain.name !== name)
      throw failed(`domain '${domain.name}' is already defined with uuid ${uuid}`);
    const other = this.#byName.get(name);
    if (domain === undefined && other !== undefined)
      throw failed(`domain '${name}' already exists with uuid ${other.uuid}`);
    if (mustBeInactive && domain?.active)
      throw new LibvirtError(ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN, `domain '${name}' is already active`);
    return domain;
  }

  /** Adds a new domain; its name and UUID were found free. */
  add(name: string, uuid: string, def: DomainDef): QemuDomain {
    const domain = new QemuDomain(uuid, name, def);
    this.#byUuid.set(uuid, domain);
    this.#byName.set(name, domain);
    return domain;
  }

  rename(domain: QemuDomain, name: string): void {
    this.#byName.delete(domain.name);
    domain.name = name;
    this.#byName.set(name, domain);
  }

  remove(domain: QemuDomain): void {
    domain.removed = true;
    this.#byUuid.delete(domain.uuid);
    this.#byName.delete(domain.name);
  }
}

function failed(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.OPERATION_FAILED, ErrorDomain.DOMAIN, detail);
}
