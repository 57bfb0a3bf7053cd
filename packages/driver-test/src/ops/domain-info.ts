import type { DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { DomainXMLFlags, ErrorDomain } from '@virtkit/core/util';
import { formatTestDomain } from '../conf/domain-xml.js';
import { operationInvalid } from '../errors.js';
import { requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';
import { vcpusOf } from '../state/vcpus.js';

/** What a domain says of itself. */
export function domainInfoOps(node: TestNode) {
  const { domains } = node;
  const SECURE = DomainXMLFlags.SECURE;
  const INACTIVE = DomainXMLFlags.INACTIVE;
  const MIGRATABLE = DomainXMLFlags.MIGRATABLE;

  return {
    domainGetXMLDesc(ref: DomainRef, flags: number): string {
      const dom = domains.of(ref);
      const inactive = !dom.active || (flags & INACTIVE) !== 0;
      return dom.text(inactive ? flags | INACTIVE : flags, () =>
        formatTestDomain(inactive ? dom.config : dom.live, {
          ...(inactive ? {} : { id: dom.id }),
          secure: (flags & SECURE) !== 0,
          migratable: (flags & MIGRATABLE) !== 0,
        }),
      );
    },

    domainGetInfo(ref: DomainRef) {
      const dom = domains.of(ref);
      const def = dom.live;
      return {
        state: dom.state,
        maxMem: BigInt(def.memory.value),
        memory: BigInt(def.currentMemory),
        nrVirtCpu: vcpusOf(def),
        cpuTime: node.microseconds * 1000n,
      };
    },

    domainGetState(ref: DomainRef, flags: number) {
      const { state, reason } = domains.of(ref);
      return { state, reason };
    },

    domainGetControlInfo(ref: DomainRef, flags: number) {
      requireActive(domains.of(ref));
      return { state: 0, details: 0, stateTime: 0n };
    },

    domainGetOSType: (ref: DomainRef) => 'linux',
    domainGetHostname(ref: DomainRef, flags: number): string {
      const dom = domains.of(ref);
      requireActive(dom);
      return `${dom.name}host`;
    },
    domainIsActive: (ref: DomainRef) => domains.of(ref).active,
    domainIsPersistent: (ref: DomainRef) => domains.of(ref).persistent,
    domainIsUpdated: (ref: DomainRef) => false,
    domainGetAutostart: (ref: DomainRef) => domains.of(ref).autostart,
    domainSetAutostart(ref: DomainRef, autostart: boolean): void {
      domains.of(ref).autostart = autostart;
    },

    domainGetSecurityLabel(ref: DomainRef) {
      return domains.of(ref).active ? { label: 'libvirt-test', enforcing: true } : { label: '', enforcing: false };
    },

    domainGetMessages(ref: DomainRef, flags: number): readonly string[] {
      domains.of(ref);
      return [];
    },

    domainGetLaunchSecurityInfo(ref: DomainRef, flags: number) {
      const dom = domains.of(ref);
      requireActive(dom);
      if (dom.live.launchSecurity?.type !== 'sev')
        throw operationInvalid('launch security is not used by this domain', ErrorDomain.TEST);
      return [];
    },
  } satisfies Partial<HypervisorDriver>;
}
