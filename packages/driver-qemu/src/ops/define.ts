import type { DomainDef } from '@virtkit/core/conf';
import type { DomainOps, DomainRef } from '@virtkit/core/driver';
import {
  DomainCreateFlags,
  DomainDefineFlags,
  DomainEventDefinedDetailType,
  DomainEventType,
  DomainEventUndefinedDetailType,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { assertLeftoversDecided, removeLeftovers } from '../domain/leftovers.js';
import { startDomain } from '../domain/start.js';
import { formatInactive, parseNewDomain } from '../domain/xml.js';
import { invalidArg, operationInvalid } from '../errors.js';
import { domainFileName } from '../host/domain-file-name.js';
import type { QemuHost } from '../host/qemu-host.js';
import { forgetMoments } from '../moments/metadata.js';
import { removeManagedSave } from '../save/managed-save.js';
import type { QemuSession } from './session.js';

/** Definitions come and go. A change is on disk before its call returns. */
export const defineOps = (host: QemuHost, session: QemuSession) => {
  const { domains } = host;

  const save = (name: string, def: DomainDef) => host.definitions.save(name, formatInactive(def));

  async function define(xml: string, flags: number, signal: AbortSignal | undefined): Promise<DomainRef> {
    const def = await parseNewDomain(host, xml, { validate: (flags & DomainDefineFlags.VALIDATE) !== 0 });
    const known = domains.check(def.name, def.uuid);
    const domain = known ?? domains.create(def.name, def.uuid, def);
    return domain.jobs.run(
      'domainDefineXML',
      async () => {
        domain.assertListed();
        const detail = domain.persistent ? DomainEventDefinedDetailType.UPDATED : DomainEventDefinedDetailType.ADDED;
        try {
          await save(domain.name, def);
        } catch (error) {
          if (known === undefined) domains.remove(domain);
          throw error;
        }
        if (domain.active) domain.newDef = def;
        else domain.def = def;
        domain.persistent = true;
        host.emitLifecycle(domain, DomainEventType.DEFINED, detail);
        return domain.ref;
      },
      { signal },
    );
  }

  async function undefine(ref: DomainRef, flags: number, signal: AbortSignal | undefined): Promise<void> {
    const domain = domains.byUuid(ref.uuid, ref.name);
    await domain.jobs.run(
      'domainUndefine',
      async () => {
        domain.assertListed();
        if (!domain.persistent) throw operationInvalid('cannot undefine transient domain');
        const { persistentDef } = domain;
        await assertLeftoversDecided(host, domain, flags);
        if (domain.managedSave) await removeManagedSave(host, domain);
        // Before the definition, so that a later domain of that name never finds them; one that runs on keeps them until it ends.
        if (!domain.active) await forgetMoments(host, domain.name);
        await host.definitions.remove(domain.name);
        await removeLeftovers(host, persistentDef, flags);
        const gone = domain.ref;
        domain.persistent = false;
        domain.autostart = false;
        domain.newDef = undefined;
        if (!domain.active) domains.remove(domain);
        host.emitLifecycle(domain, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.REMOVED, gone);
      },
      { signal },
    );
  }

  async function create(xml: string, flags: number, signal: AbortSignal | undefined): Promise<DomainRef> {
    const def = await parseNewDomain(host, xml, { validate: (flags & DomainCreateFlags.START_VALIDATE) !== 0 });
    const known = domains.check(def.name, def.uuid, true);
    const domain = known ?? domains.create(def.name, def.uuid, def);
    return domain.jobs.run(
      'domainCreateXML',
      async () => {
        domain.assertListed();
        domains.check(def.name, def.uuid, true);
        try {
          await startDomain(host, domain, {
            config: def,
            paused: (flags & DomainCreateFlags.START_PAUSED) !== 0,
            signal,
          });
        } catch (error) {
          if (!domain.persistent && !domain.active) domains.remove(domain);
          throw error;
        }
        if (flags & DomainCreateFlags.START_AUTODESTROY) session.autodestroy(domain);
        return domain.ref;
      },
      { signal },
    );
  }

  async function rename(domain: QemuDomain, name: string | null): Promise<void> {
    domain.assertListed();
    if (!domain.persistent) throw operationInvalid('cannot rename a transient domain');
    if (domain.active) throw operationInvalid('cannot rename active domain');
    if (domain.managedSave) throw operationInvalid("domain with a managed saved state can't be renamed");
    if (domain.snapshots.size > 0) throw operationInvalid('cannot rename domain with snapshots');
    if (domain.checkpoints.size > 0) throw operationInvalid('cannot rename domain with checkpoints');
    if (name === null || name === '') throw invalidArg(`'${name ?? ''}' cannot be the name of a domain`);
    // Refuses what no file can be called.
    domainFileName(name);
    if (name === domain.name) throw operationInvalid("Can't rename domain to itself");
    if (domains.all.some((other) => other.name === name))
      throw operationInvalid(`domain with name '${name}' already exists`);
    const [old, { autostart }] = [domain.ref, domain];
    const def = { ...domain.def, name };
    // The new definition first: a crash between the two leaves one domain too many on disk rather than none.
    await save(name, def);
    if (autostart) await host.definitions.setAutostart(name, true);
    await host.definitions.remove(old.name);
    domains.rename(domain, name);
    domain.def = def;
    host.emitLifecycle(domain, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.RENAMED, old);
    host.emitLifecycle(domain, DomainEventType.DEFINED, DomainEventDefinedDetailType.RENAMED);
  }

  return {
    domainDefineXMLFlags: (xml, flags, { signal }) => define(xml, flags, signal),
    domainUndefineFlags: (ref, flags, { signal }) => undefine(ref, flags, signal),
    domainCreateXML: (xml, flags, { signal }) => create(xml, flags, signal),
    domainRename: (ref, name, _flags, { signal }) => {
      const domain = domains.byUuid(ref.uuid, ref.name);
      return domain.jobs.run('domainRename', () => rename(domain, name), { signal });
    },
    domainGetAutostart: (ref) => domains.byUuid(ref.uuid, ref.name).autostart,
    domainSetAutostart: (ref, autostart, { signal }) => {
      const domain = domains.byUuid(ref.uuid, ref.name);
      return domain.jobs.run(
        'domainSetAutostart',
        async () => {
          domain.assertListed();
          if (!domain.persistent) throw operationInvalid('cannot set autostart for transient domain');
          await host.definitions.setAutostart(domain.name, autostart);
          domain.autostart = autostart;
        },
        { signal },
      );
    },
  } satisfies DomainOps;
};
