import { hostname, cpus, totalmem } from 'node:os';
import {
  ConnectListAllDomainsFlags as List,
  DomainConsoleFlags,
  DomainCreateFlags,
  DomainEventDefinedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainState,
  DomainXMLFlags,
  ErrorCode,
} from '@virtkit/core/util';
import { formatConfig, parseConfig } from './config.js';
import { HelloDomain } from './hello-domain.js';
import { fail } from './hello-host.js';

/**
 * One connection. Methods bear the names of libvirt's driver table; the ones that are not here mean "not supported", which
 * the core says for us. Arguments, read-only connections and access rights were checked before a call gets here.
 */
export class HelloConnection {
  #host;

  constructor(host) {
    this.#host = host;
  }

  connectGetType() {
    return 'HELLO';
  }
  connectGetVersion() {
    return 1_000_000n; // 1.0.0
  }
  connectGetHostname() {
    return hostname();
  }
  connectGetCapabilities() {
    return `<capabilities>
  <host>
    <cpu><arch>${process.arch === 'x64' ? 'x86_64' : process.arch}</arch></cpu>
  </host>
  <guest>
    <os_type>exe</os_type>
    <arch name='x86_64'><domain type='hello'/></arch>
  </guest>
</capabilities>
`;
  }
  nodeGetInfo() {
    const count = cpus().length;
    return {
      model: process.arch,
      memory: BigInt(Math.floor(totalmem() / 1024)),
      cpus: count,
      mhz: cpus()[0]?.speed ?? 0,
      nodes: 1,
      sockets: 1,
      cores: count,
      threads: 1,
    };
  }

  // Lists and lookups

  connectListAllDomains(flags) {
    const has = (domain) => {
      if (flags & (List.ACTIVE | List.INACTIVE) && !(flags & (domain.isActive ? List.ACTIVE : List.INACTIVE)))
        return false;
      const persistence = domain.definition ? List.PERSISTENT : List.TRANSIENT;
      if (flags & (List.PERSISTENT | List.TRANSIENT) && !(flags & persistence)) return false;
      const byState = { [DomainState.RUNNING]: List.RUNNING, [DomainState.PAUSED]: List.PAUSED };
      const state = byState[domain.state] ?? List.SHUTOFF;
      return !(flags & (List.RUNNING | List.PAUSED | List.SHUTOFF | List.OTHER)) || (flags & state) !== 0;
    };
    return [...this.#host.domains.values()].filter(has).map(({ ref }) => ref);
  }
  domainLookupByID(id) {
    for (const domain of this.#host.domains.values()) if (domain.id === id) return domain.ref;
    throw fail(ErrorCode.NO_DOMAIN, `no domain with matching id ${id}`);
  }
  domainLookupByUUID(uuid) {
    return this.#host.of({ uuid, name: '' }).ref;
  }
  domainLookupByName(name) {
    const domain = this.#host.named(name);
    if (domain === undefined) throw fail(ErrorCode.NO_DOMAIN, `no domain with matching name '${name}'`);
    return domain.ref;
  }

  // Definitions

  /** The domain that this configuration names, if there is one; a mixture of two is refused. */
  #existing(config) {
    const domain = this.#host.domains.get(config.uuid);
    const namesake = this.#host.named(config.name);
    if (domain !== undefined && domain.name !== config.name)
      throw fail(ErrorCode.OPERATION_FAILED, `domain '${domain.name}' is already defined with uuid ${config.uuid}`);
    if (namesake !== undefined && namesake !== domain)
      throw fail(ErrorCode.OPERATION_FAILED, `domain '${config.name}' already exists with uuid ${namesake.uuid}`);
    return domain;
  }
  domainDefineXMLFlags(xml) {
    const config = parseConfig(xml);
    let domain = this.#existing(config);
    const detail = domain?.definition ? DomainEventDefinedDetailType.UPDATED : DomainEventDefinedDetailType.ADDED;
    if (domain === undefined) this.#host.domains.set(config.uuid, (domain = new HelloDomain(this.#host, config, true)));
    else domain.definition = config;
    this.#host.emit(domain, DomainEventType.DEFINED, detail);
    return domain.ref;
  }
  domainUndefineFlags(ref) {
    const domain = this.#host.of(ref);
    if (!domain.definition) throw fail(ErrorCode.OPERATION_INVALID, 'cannot undefine transient domain');
    const { ref: last } = domain;
    domain.definition = undefined;
    if (!domain.isActive) this.#host.domains.delete(domain.uuid);
    this.#host.emit({ uuid: domain.uuid, ref: last }, DomainEventType.UNDEFINED, 0);
  }
  async domainCreateXML(xml, flags) {
    const config = parseConfig(xml);
    if (this.#existing(config))
      throw fail(ErrorCode.OPERATION_FAILED, `domain '${config.name}' already exists with uuid ${config.uuid}`);
    const domain = new HelloDomain(this.#host, config, false);
    this.#host.domains.set(config.uuid, domain);
    try {
      await this.#start(domain, flags);
    } catch (error) {
      this.#host.domains.delete(config.uuid);
      throw error;
    }
    return domain.ref;
  }

  // Life cycle

  async domainCreateWithFlags(ref, flags) {
    const domain = this.#host.of(ref);
    await this.#start(domain, flags);
    return domain.ref;
  }
  async #start(domain, flags) {
    await domain.start();
    if (flags & DomainCreateFlags.START_PAUSED) domain.pause(true, DomainPausedReason.USER);
  }
  domainDestroyFlags(ref) {
    return this.#host.of(ref).stop('SIGKILL');
  }
  domainShutdownFlags(ref) {
    return this.#host.of(ref).stop('SIGTERM');
  }
  domainSuspend(ref) {
    this.#host.of(ref).pause(true, DomainPausedReason.USER);
  }
  domainResume(ref) {
    this.#host.of(ref).pause(false, DomainRunningReason.UNPAUSED);
  }
  domainOpenConsole(ref, _name, flags) {
    const domain = this.#host.of(ref);
    domain.needActive();
    return domain.console.open((flags & DomainConsoleFlags.FORCE) !== 0);
  }

  // Questions

  domainGetState(ref) {
    const { state, reason } = this.#host.of(ref);
    return { state, reason };
  }
  domainGetInfo(ref) {
    const { state, config } = this.#host.of(ref);
    const memory = BigInt(config.memory);
    return { state, maxMem: memory, memory, nrVirtCpu: config.vcpus, cpuTime: 0n };
  }
  domainGetXMLDesc(ref, flags) {
    const domain = this.#host.of(ref);
    const inactive = (flags & DomainXMLFlags.INACTIVE) !== 0 && domain.definition !== undefined;
    return formatConfig(inactive ? domain.definition : domain.config, inactive ? -1 : domain.id);
  }
  domainGetOSType() {
    return 'exe';
  }
  domainIsActive(ref) {
    return this.#host.of(ref).isActive;
  }
  domainIsPersistent(ref) {
    return this.#host.of(ref).definition !== undefined;
  }

  // Events

  connectDomainEventRegisterAny(ref, eventID, callback) {
    return this.#host.events.register(eventID, ref?.uuid ?? null, callback);
  }
  connectDomainEventDeregisterAny(id) {
    this.#host.events.deregister(id);
  }
}
