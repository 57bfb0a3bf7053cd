import type { DomainDef } from '@virtkit/core/conf';
import { ObjectList } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { QemuDomain, noDomain } from '../domain/domain.js';

/** virDomainObjList: the domains of a host by UUID, name and id. */
export class DomainList extends ObjectList<QemuDomain> {
  #lastId = 0;

  constructor() {
    super('domain', ErrorDomain.DOMAIN);
  }

  get all(): QemuDomain[] {
    return [...this];
  }

  /** Raises NO_DOMAIN. `name` only serves the message. */
  override byUuid(uuid: string, name?: string): QemuDomain {
    const domain = super.byUuid(uuid);
    if (domain === undefined) throw noDomain(`uuid '${uuid}'${name ? ` (${name})` : ''}`);
    return domain;
  }

  /** Raises NO_DOMAIN. */
  override byName(name: string): QemuDomain {
    const domain = super.byName(name);
    if (domain === undefined) throw noDomain(`name '${name}'`);
    return domain;
  }

  /** Raises NO_DOMAIN. */
  byId(id: number): QemuDomain {
    for (const domain of this) if (domain.id === id && id !== -1) return domain;
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
    const domain = this.match(name, uuid);
    if (mustBeInactive && domain?.active)
      throw new LibvirtError(ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN, `domain '${name}' is already active`);
    return domain;
  }

  /** Adds a new domain; its name and UUID were found free. */
  create(name: string, uuid: string, def: DomainDef | (() => DomainDef)): QemuDomain {
    const domain = new QemuDomain(uuid, name, def);
    this.add(domain);
    return domain;
  }

  rename(domain: QemuDomain, name: string): void {
    const old = domain.name;
    domain.name = name;
    this.renamed(domain, old);
  }

  override remove(domain: QemuDomain): void {
    domain.removed = true;
    super.remove(domain);
  }
}
