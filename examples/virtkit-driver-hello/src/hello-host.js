import { EventState } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** libvirt has no error domain for drivers that it does not know: use the generic one. */
export const fail = (code, detail) => new LibvirtError(code, ErrorDomain.DOMAIN, detail);

/** All domains of one host, and who listens to them. */
export class HelloHost {
  domains = new Map(); // by UUID
  events = new EventState();
  #nextId = 1;

  constructor(log) {
    this.log = log;
  }

  newId() {
    return this.#nextId++;
  }

  /** By the reference that the API hands to every call. */
  of(ref) {
    const domain = this.domains.get(ref.uuid);
    if (domain === undefined)
      throw fail(ErrorCode.NO_DOMAIN, `no domain with matching uuid '${ref.uuid}' (${ref.name})`);
    return domain;
  }

  named(name) {
    for (const domain of this.domains.values()) if (domain.name === name) return domain;
    return undefined;
  }

  emit(domain, event, detail) {
    const id = 0; // VIR_DOMAIN_EVENT_ID_LIFECYCLE
    this.events.emit(id, domain.uuid, { dom: domain.ref, event, detail });
  }
}
