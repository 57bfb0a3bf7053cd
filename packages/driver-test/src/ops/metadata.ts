import {
  checkDomainMetadata,
  CRASH_ACTIONS,
  domainMetadata,
  LIFECYCLE_ACTIONS,
  withDomainMetadata,
} from '@virtkit/core/conf';
import type { DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { DomainMetadataType, ErrorDomain } from '@virtkit/core/util';
import { configUnsupported, invalidArg } from '../errors.js';
import { changeAll, oneDef } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

const LIFECYCLE_TYPES = ['on_poweroff', 'on_reboot', 'on_crash'] as const;

/** Title, description, metadata of applications, and what becomes of a guest that ends. */
export function metadataOps({ domains, events }: TestNode) {
  return {
    domainSetMetadata(
      ref: DomainRef,
      type: number,
      metadata: string | null,
      key: string | null,
      uri: string | null,
      flags: number,
    ): void {
      checkDomainMetadata(type, metadata, key, uri);
      const dom = domains.of(ref);
      changeAll(dom, flags, (def) => withDomainMetadata(def, type, metadata, key, uri));
      events.metadataChange(dom, type, type === DomainMetadataType.ELEMENT ? uri : null);
    },

    domainGetMetadata: (ref: DomainRef, type: number, uri: string | null, flags: number): string =>
      domainMetadata(oneDef(domains.of(ref), flags), type, uri),

    domainSetLifecycleAction(ref: DomainRef, type: number, action: number, flags: number): void {
      const key = LIFECYCLE_TYPES[type];
      if (key === undefined) throw invalidArg(`invalid lifecycle type '${type}'`, ErrorDomain.DOMAIN);
      const name = CRASH_ACTIONS[action];
      if (name === undefined) throw invalidArg(`invalid lifecycle action '${action}'`, ErrorDomain.DOMAIN);
      const usual = LIFECYCLE_ACTIONS.find((known) => known === name);
      if (key !== 'on_crash' && usual === undefined)
        throw configUnsupported(`Lifecycle event '${key.slice(3)}' doesn't support '${name}' action`);
      changeAll(domains.of(ref), flags, (def) => ({ ...def, [key]: name }));
    },
  } satisfies Partial<HypervisorDriver>;
}
