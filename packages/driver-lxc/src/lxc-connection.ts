import {
  domainEventOps,
  type DriverConnection,
  type HypervisorDriver,
  NODE_OPERATION_FLAGS,
  nodeOperations,
  Registrations,
  withFlagChecks,
} from '@virtkit/core/driver';
import { DomainDefineFlags, DomainModificationImpact, ErrorDomain } from '@virtkit/core/util';
import { HOST_ARCH } from './host-arch.js';
import type { LxcHost } from './host/lxc-host.js';
import { connectOps } from './ops/connect.js';
import { definitionOps } from './ops/definition.js';
import { deviceOps } from './ops/devices.js';
import { lifeOps } from './ops/life.js';
import { tuningOps } from './ops/tuning.js';

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

/** The tables of a connection to one scope. */
export function lxcConnection(host: LxcHost): DriverConnection {
  const registrations = new Registrations(host.events, ErrorDomain.LXC);
  const table: HypervisorDriver = {
    ...connectOps(host),
    ...nodeOperations(host.reader, HOST_ARCH),
    ...definitionOps(host),
    ...tuningOps(host),
    ...deviceOps(host),
    ...lifeOps(host),
    ...domainEventOps(registrations),
  };
  return {
    hypervisor: withFlagChecks(table, ACCEPTED, ErrorDomain.LXC, 'lxc'),
    close: () => registrations.close(),
  };
}
