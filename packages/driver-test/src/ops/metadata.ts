import {
  CRASH_ACTIONS,
  type DomainDef,
  LIFECYCLE_ACTIONS,
  metadataElement,
  withMetadataElement,
} from '@virtkit/core/conf';
import type { DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { DomainMetadataType } from '@virtkit/core/util';
import { configUnsupported, invalidArg, invalidArgument, noMetadata } from '../errors.js';
import { changeAll, oneDef } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';
import { ErrorDomain } from '@virtkit/core/util';

const { DESCRIPTION, TITLE, ELEMENT } = DomainMetadataType;
const LIFECYCLE_TYPES = ['on_poweroff', 'on_reboot', 'on_crash'] as const;

/** The definition with another title or description, or without one. */
function withText(def: DomainDef, key: 'title' | 'description', text: string | null): DomainDef {
  const { [key]: _, ...rest } = def;
  return text === null || text === '' ? rest : { ...rest, [key]: text };
}

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
      const dom = domains.of(ref);
      const change = (def: DomainDef): DomainDef => {
        switch (type) {
          case DESCRIPTION:
            return withText(def, 'description', metadata);
          case TITLE:
            if (metadata?.includes('\n') === true) throw invalidArgument("metadata title can't contain newlines");
            return withText(def, 'title', metadata);
          case ELEMENT:
            if (uri === null) throw invalidArgument('uri in virDomainSetMetadata must not be NULL');
            if (key === null && metadata !== null)
              throw invalidArgument('key in virDomainSetMetadata must not be NULL');
            return { ...def, metadata: withMetadataElement(def.metadata, metadata, key ?? '', uri) };
          default:
            throw invalidArg(`unknown metadata type '${type}'`, ErrorDomain.DOMAIN);
        }
      };
      changeAll(dom, flags, change);
      events.metadataChange(dom, type, type === ELEMENT ? uri : null);
    },

    domainGetMetadata(ref: DomainRef, type: number, uri: string | null, flags: number): string {
      const def = oneDef(domains.of(ref), flags);
      const found =
        type === DESCRIPTION
          ? def.description
          : type === TITLE
            ? def.title
            : type === ELEMENT
              ? metadataElement(def.metadata, uri ?? '')
              : undefined;
      if (type !== DESCRIPTION && type !== TITLE && type !== ELEMENT)
        throw invalidArg(`unknown metadata type '${type}'`, ErrorDomain.DOMAIN);
      if (found === undefined) throw noMetadata('Requested metadata element is not present');
      return found;
    },

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
