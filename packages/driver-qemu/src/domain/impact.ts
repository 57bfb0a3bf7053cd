import type { DomainDef } from '@virtkit/core/conf';
import { DomainModificationImpact } from '@virtkit/core/util';
import { operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { type QemuDomain, notRunning } from './domain.js';
import { formatInactive } from './xml.js';

const { LIVE, CONFIG } = DomainModificationImpact;

/** What a change or a question is about: the running guest, the definition of its next start, or both. */
export interface Impact {
  readonly live: boolean;
  readonly config: boolean;
}

/**
 * virDomainObjUpdateModificationImpact: neither flag means whichever is current. Raises OPERATION_INVALID for a live change
 * of a domain that does not run, and for a change of the definition of one that has none.
 */
export function impactOf(domain: QemuDomain, flags: number): Impact {
  const neither = (flags & (LIVE | CONFIG)) === 0;
  const live = (flags & LIVE) !== 0 || (neither && domain.active);
  const config = (flags & CONFIG) !== 0 || (neither && !domain.active);
  if (live && !domain.active) throw notRunning();
  if (config && !domain.persistent) throw operationInvalid('transient domains do not have any persistent config');
  return { live, config };
}

/** The one definition that a question is about. */
export function defFor(domain: QemuDomain, flags: number): DomainDef {
  return impactOf(domain, flags).config ? domain.persistentDef : domain.def;
}

/** Replaces the definition of the next start; it is on disk when this resolves. */
export async function saveConfig(host: QemuHost, domain: QemuDomain, def: DomainDef): Promise<void> {
  await host.definitions.save(domain.name, formatInactive(def));
  if (domain.active) domain.newDef = def;
  else domain.def = def;
}

/** Makes the same change to what is running and to the definition, as far as each is meant. */
export async function changeDefs(
  host: QemuHost,
  domain: QemuDomain,
  { live, config }: Impact,
  change: (def: DomainDef) => DomainDef,
): Promise<void> {
  // What cannot be done to the one is not done to the other.
  if (live) change(domain.def);
  if (config) await saveConfig(host, domain, change(domain.persistentDef));
  if (!live) return;
  // Events may have changed it meanwhile.
  domain.def = change(domain.def);
  await host.saveStatus(domain);
}
