import { CRASH_ACTIONS, domainMetadata, LIFECYCLE_ACTIONS, withDomainMetadata } from '@virtkit/core/conf';
import type { DomainOps } from '@virtkit/core/driver';
import { DomainEventID, DomainMetadataType } from '@virtkit/core/util';
import { changeDefs, defFor, impactOf } from '../domain/impact.js';
import { configUnsupported, invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const LIFECYCLE_TYPES = ['on_poweroff', 'on_reboot', 'on_crash'] as const;

/** Title, description, metadata of applications, and what becomes of a guest that ends. */
export const metadataOps = (host: QemuHost) => {
  const { job } = jobsOf(host);
  return {
    domainSetMetadata: (ref, type, text, key, uri, flags, call) =>
      job('domainSetMetadata', ref, call, async (domain) => {
        await changeDefs(host, domain, impactOf(domain, flags), (def) => withDomainMetadata(def, type, text, key, uri));
        const nsuri = type === DomainMetadataType.ELEMENT ? uri : null;
        host.events.emit(DomainEventID.METADATA_CHANGE, domain.uuid, { dom: domain.ref, type, nsuri });
      }),

    domainGetMetadata: (ref, type, uri, flags) =>
      domainMetadata(defFor(host.domains.byUuid(ref.uuid, ref.name), flags), type, uri),

    domainSetLifecycleAction: (ref, type, action, flags, call) =>
      job('domainSetLifecycleAction', ref, call, async (domain) => {
        const key = LIFECYCLE_TYPES[type];
        const name = CRASH_ACTIONS[action];
        if (key === undefined || name === undefined) throw invalidArg(`invalid lifecycle action ${type}/${action}`);
        if (key !== 'on_crash' && !LIFECYCLE_ACTIONS.some((known) => known === name))
          throw configUnsupported(`Lifecycle event '${key.slice(3)}' doesn't support '${name}' action`);
        if (key !== 'on_crash' && name === 'preserve')
          throw configUnsupported(`qemu driver doesn't support the '${name}' action for 'on_reboot'/'on_poweroff'`);
        const impact = impactOf(domain, flags);
        // QEMU resets by itself; only it can be told to end instead.
        if (impact.live && key === 'on_reboot')
          await domain.running.monitor.execute(
            'set-action',
            { reboot: name === 'destroy' ? 'shutdown' : 'reset' },
            call,
          );
        await changeDefs(host, domain, impact, (def) => ({ ...def, [key]: name }));
      }),
  } satisfies DomainOps;
};
