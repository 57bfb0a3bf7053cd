import {
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  hostReader,
  type HypervisorDriver,
  type InjectionToken,
  inject,
  injectable,
  NODE_OPERATION_FLAGS,
  nodeOperations,
  Registrations,
  ScopedStates,
  STATE_SERVICES,
  type StateServices,
  withFlagChecks,
} from '@virtkit/core/driver';
import { DomainDefineFlags, DomainModificationImpact, ErrorDomain } from '@virtkit/core/util';
import { HOST_ARCH } from './host-arch.js';
import { LxcHost } from './host/lxc-host.js';
import { scopeOf } from './host/scope.js';
import { connectOps } from './ops/connect.js';
import { definitionOps } from './ops/definition.js';
import { deviceOps } from './ops/devices.js';
import { lifeOps } from './ops/life.js';
import { tuningOps } from './ops/tuning.js';

/** Host scope: all state of this driver. */
export const LXC_HOSTS: InjectionToken<LxcHosts> = Symbol.for('@virtkit/driver-lxc:LxcHosts');

@injectable()
export class LxcHosts extends ScopedStates<LxcHost> {
  constructor(@inject(STATE_SERVICES) services: StateServices) {
    super(services, {
      name: 'lxc',
      domain: ErrorDomain.LXC,
      create: ({ dirs, hostFs, log }) => new LxcHost(dirs.etc, hostReader(hostFs), log),
    });
  }
}

const AFFECT = DomainModificationImpact.LIVE | DomainModificationImpact.CONFIG;
const INITCTL_OR_SIGNAL = 0xc; // VIR_DOMAIN_SHUTDOWN_INITCTL, _SIGNAL, and the same of reboot

/** The flags that each function knows; functions with flags that are not listed know none. */
const ACCEPTED = {
  ...NODE_OPERATION_FLAGS,
  connectListAllDomains: 0xffff,
  domainDefineXMLFlags: DomainDefineFlags.VALIDATE,
  domainShutdownFlags: INITCTL_OR_SIGNAL,
  domainReboot: INITCTL_OR_SIGNAL,
  domainGetXMLDesc: 0xb, // SECURE, INACTIVE, MIGRATABLE
  domainSetMetadata: AFFECT,
  domainGetMetadata: AFFECT,
  domainSetMemoryFlags: AFFECT | 0x4, // MAXIMUM
  domainSetMemoryParameters: AFFECT,
  domainGetMemoryParameters: AFFECT | 0x4, // TYPED_PARAM_STRING_OKAY
  domainSetBlkioParameters: AFFECT,
  domainGetBlkioParameters: AFFECT | 0x4,
  domainSetSchedulerParametersFlags: AFFECT,
  domainGetSchedulerParametersFlags: AFFECT | 0x4,
  domainAttachDeviceFlags: AFFECT,
  domainDetachDeviceFlags: AFFECT,
  domainUpdateDeviceFlags: AFFECT,
  domainGetCPUStats: 0x4,
} as const;

/** Opens connections to lxc:///system and lxc:///embed?root=DIR. */
@injectable()
export class LxcConnectionFactory implements ConnectionFactory {
  constructor(@inject(LXC_HOSTS) private readonly hosts: LxcHosts) {}

  async connectOpen(uri: ConnectionUri): Promise<DriverConnection> {
    const host = await this.hosts.state(scopeOf(uri));
    const registrations = new Registrations(host.events, ErrorDomain.LXC);
    const table: HypervisorDriver = {
      ...connectOps(host),
      ...nodeOperations(host.reader, HOST_ARCH),
      ...definitionOps(host),
      ...tuningOps(host),
      ...deviceOps(host),
      ...lifeOps(host),
      connectDomainEventRegisterAny: (ref, eventID, callback) =>
        registrations.register(eventID, ref?.uuid ?? null, callback),
      connectDomainEventDeregisterAny: (id) => registrations.deregister(id),
    };
    return {
      hypervisor: withFlagChecks(table, ACCEPTED, ErrorDomain.LXC, 'lxc'),
      close: () => registrations.close(),
    };
  }
}
