import {
  childOf,
  formatCheckpoint,
  formatSnapshot,
  type MomentDef,
  parseCheckpoint,
  parseSnapshot,
  PLAIN,
  readXml,
} from '@virtkit/core/conf';
import type { CheckpointMoment, Moment, MomentList, SnapshotMoment } from '@virtkit/core/driver';
import type { QemuDomain } from '../domain/domain.js';
import { factsOf, storedXmlOption, xmlOptionFor } from '../domain/xml.js';
import { internalError, xmlDetail } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

const STORED = { ...PLAIN, option: storedXmlOption, secure: true };

/** Where what is known of moments is kept. */
type MomentHost = Pick<QemuHost, 'snapshots' | 'checkpoints'>;

/** A description with the parent that the tree knows. */
export function withParent<T extends { parent?: { name?: string } }>({ parent: _, ...def }: T, parent?: string): T {
  return (parent === undefined ? def : { ...def, parent: { name: parent } }) as T;
}

export async function saveSnapshot(host: MomentHost, domain: QemuDomain, moment: SnapshotMoment): Promise<void> {
  const def = { ...moment.def, active: domain.snapshots.current === moment };
  await host.snapshots.save(domain.name, moment.name, formatSnapshot(def, { ...STORED, internal: true }));
}

export async function saveCheckpoint(host: MomentHost, domain: QemuDomain, moment: CheckpointMoment): Promise<void> {
  await host.checkpoints.save(domain.name, moment.name, formatCheckpoint(moment.def, STORED));
}

/** Makes another snapshot the current one; what a crash in between leaves is settled by {@link loadMoments}. */
export async function setCurrentSnapshot(host: MomentHost, domain: QemuDomain, moment: SnapshotMoment): Promise<void> {
  const { snapshots } = domain;
  const { current: before } = snapshots;
  snapshots.current = moment;
  try {
    await saveSnapshot(host, domain, moment);
    if (before !== undefined && before !== moment && snapshots.get(before.name) === before)
      await saveSnapshot(host, domain, before);
  } catch (error) {
    snapshots.current = before;
    throw error;
  }
}

/** The rules for the domain in a moment's document: what its own emulator can do. */
export async function momentXmlOption(host: QemuHost, xml: string, root: string) {
  const node = readXml(xml, root);
  const domain = childOf(node, 'domain');
  return xmlOptionFor(host, domain === undefined ? {} : factsOf(domain));
}

/** qemuSnapshotCreateXMLValidateDef: the name becomes that of a file. */
export function assertMomentName(what: string, name: string): void {
  if (name.includes('/')) throw xmlDetail(`invalid ${what} name '${name}': name can't contain '/'`);
  if (name.startsWith('.')) throw xmlDetail(`invalid ${what} name '${name}': name can't start with '.'`);
}

/** Brings back what an earlier host knew of a domain's snapshots and checkpoints. */
export async function loadMoments(
  host: MomentHost,
  domain: QemuDomain,
  skipped: (path: string, error: unknown) => void,
): Promise<void> {
  const current: SnapshotMoment[] = [];
  load(
    await host.snapshots.load(domain.name, skipped),
    domain.snapshots,
    (xml) => {
      const { active, ...def } = parseSnapshot(xml, { ...STORED, redefine: true, internal: true });
      assertOwn(domain, def);
      const moment = { name: def.name, parent: def.parent?.name, def };
      if (active === true) current.push(moment);
      return moment;
    },
    skipped,
  );
  // A change of the current one that was cut short leaves two of them: the newer one is where things stood or were going.
  current.sort((a, b) => b.def.creationTime - a.def.creationTime);
  domain.snapshots.current = current[0];
  load(
    await host.checkpoints.load(domain.name, skipped),
    domain.checkpoints,
    (xml) => {
      const def = parseCheckpoint(xml, { ...STORED, redefine: true });
      assertOwn(domain, def);
      return { name: def.name, parent: def.parent?.name, def };
    },
    skipped,
  );
  const { checkpoints } = domain;
  checkpoints.current = [...checkpoints].find((moment) => !checkpoints.hasChildren(moment));
}

/** A file may have been left by another domain of that name. */
function assertOwn({ uuid }: QemuDomain, { domain, name }: MomentDef): void {
  if (domain !== undefined && domain.uuid !== uuid)
    throw internalError(`'${name}' belongs to a domain with uuid ${domain.uuid}, not ${uuid}`);
}

function load<T extends Moment>(
  files: readonly { readonly path: string; readonly xml: string }[],
  list: MomentList<T>,
  parse: (xml: string) => T,
  skipped: (path: string, error: unknown) => void,
): void {
  for (const { path, xml } of files) {
    try {
      list.add(parse(xml));
    } catch (error) {
      skipped(path, error);
    }
  }
}

/** qemuDomainSnapshotDiscardAllMetadata, and that of checkpoints: images are left as they are. */
export async function forgetMoments(host: MomentHost, name: string): Promise<void> {
  await Promise.all([host.snapshots.removeAll(name), host.checkpoints.removeAll(name)]);
}
