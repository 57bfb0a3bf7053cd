import { type DomainDef, formatDomain, parseDomain } from '@virtkit/core/conf';
import {
  type CallContext,
  DefinitionStore,
  type DomainEvents,
  type DomainRef,
  EventState,
  type Log,
  type ScopedState,
} from '@virtkit/core/driver';
import {
  DomainEventDefinedDetailType,
  DomainEventID,
  DomainEventType,
  DomainEventUndefinedDetailType,
  ErrorDomain,
  type HostReader,
} from '@virtkit/core/util';
import { HOST_ARCH } from '../host-arch.js';
import { LXC_EMULATOR, lxcXmlOption } from '../xml/index.js';
import { DomainList, LxcDomain, noDomain } from './lxc-domain.js';

/** How documents of this host's containers are read. */
export const XML_OPTION = lxcXmlOption({ hostArch: HOST_ARCH, emulator: LXC_EMULATOR, fillArch: true });

/** virLXCDriver: the domains of one scope. What a call has changed is on disk when it returns. */
export class LxcHost implements ScopedState {
  readonly domains = new DomainList();
  readonly events = new EventState<DomainEvents>();
  readonly #store: DefinitionStore;

  constructor(
    folder: string,
    /** The machine itself. */
    readonly reader: HostReader,
    log: Log,
  ) {
    this.#store = new DefinitionStore(folder, { log, domain: ErrorDomain.LXC, what: 'domain' });
  }

  async load(): Promise<void> {
    for (const { definition, autostart, file } of await this.#stored()) this.#adopt(definition, autostart, file);
  }

  /** Definitions that were added or changed meanwhile; none is forgotten. */
  async reload(): Promise<void> {
    for (const { definition, autostart, file } of await this.#stored()) {
      const known = this.#adopt(definition, autostart, file);
      await known?.jobs.run('reload', () => {
        if (known.removed) return;
        known.def = definition;
        known.autostart = autostart;
      });
    }
  }

  #stored() {
    // Their checks were made when they were new.
    return this.#store.load((text) => parseDomain(text, XML_OPTION, { skipValidate: true }));
  }

  /** Adds a definition, or answers the domain that has it already. */
  #adopt(def: DomainDef, autostart: boolean, file: string): LxcDomain | undefined {
    try {
      const known = this.domains.match(def.name, def.uuid);
      if (known !== undefined) return known;
      this.#add(def).autostart = autostart;
    } catch (error) {
      this.#store.skipped(file, error);
    }
    return undefined;
  }

  #add(def: DomainDef): LxcDomain {
    const domain = new LxcDomain(def);
    this.domains.add(domain);
    return domain;
  }

  find(ref: DomainRef): LxcDomain {
    return this.domains.of(ref);
  }

  /** Runs a job of a domain; NO_DOMAIN for one that was removed while it waited. */
  job<T>(name: string, ref: DomainRef, call: CallContext, work: (domain: LxcDomain) => Promise<T> | T): Promise<T> {
    const domain = this.find(ref);
    return this.#turn(name, domain, call, () => work(domain));
  }

  #turn<T>(name: string, domain: LxcDomain, call: CallContext, work: () => Promise<T> | T): Promise<T> {
    return domain.jobs.run(
      name,
      () => {
        if (domain.removed) throw noDomain(`uuid '${domain.uuid}' (${domain.name})`);
        return work();
      },
      call,
    );
  }

  /** virDomainDefineXML: a new domain, or another definition of one that is there. */
  async define(def: DomainDef, call: CallContext): Promise<DomainRef> {
    const known = this.domains.match(def.name, def.uuid);
    // Its place is taken before anything is written, so that nobody else gets it meanwhile.
    const domain = known ?? this.#add(def);
    return this.#turn('domainDefineXML', domain, call, async () => {
      try {
        await this.save(domain, def);
      } catch (error) {
        if (known === undefined) this.domains.remove(domain);
        throw error;
      }
      const { ADDED, UPDATED } = DomainEventDefinedDetailType;
      this.#emit(domain, DomainEventType.DEFINED, known === undefined ? ADDED : UPDATED);
      return domain.ref;
    });
  }

  undefine(ref: DomainRef, call: CallContext): Promise<void> {
    return this.job('domainUndefine', ref, call, async (domain) => {
      await this.#store.remove(domain.name);
      this.domains.remove(domain);
      this.#emit(domain, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.REMOVED);
    });
  }

  /** Replaces a definition, first on disk. */
  async save(domain: LxcDomain, def: DomainDef): Promise<void> {
    await this.#store.save(domain.name, formatDomain(def, XML_OPTION, { secure: true }));
    domain.def = def;
  }

  setAutostart(ref: DomainRef, autostart: boolean, call: CallContext): Promise<void> {
    return this.job('domainSetAutostart', ref, call, async (domain) => {
      await this.#store.setAutostart(domain.name, autostart);
      domain.autostart = autostart;
    });
  }

  #emit(domain: LxcDomain, event: DomainEvents[typeof DomainEventID.LIFECYCLE]['event'], detail: number): void {
    this.events.emit(DomainEventID.LIFECYCLE, domain.uuid, { dom: domain.ref, event, detail });
  }
}
