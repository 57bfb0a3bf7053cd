import { domainSnapshot, parseSnapshot, PLAIN, type SnapshotDef, validateDocument } from '@virtkit/core/conf';
import { checkRedefinedSnapshot, requireFree, type SnapshotMoment } from '@virtkit/core/driver';
import { DomainSnapshotCreateFlags as Create, DomainPausedReason, DomainRunningReason } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { stopDomain } from '../domain/stop.js';
import { formatInactive, parseStoredDomain } from '../domain/xml.js';
import { operationInvalid, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { createExternal } from './external-snapshot.js';
import { createInImages, deleteFromImages, saveLive } from './image-snapshots.js';
import { assertMomentName, momentXmlOption, saveSnapshot, setCurrentSnapshot, withParent } from './metadata.js';
import { isRegular, prepareSnapshot } from './prepare-snapshot.js';

/** qemuSnapshotCreateXML, as a job of the domain. When it returns, the snapshot and what is known of it are on disk. */
export async function createSnapshot(host: QemuHost, domain: QemuDomain, xml: string, flags: number): Promise<string> {
  const again = (flags & Create.REDEFINE) !== 0;
  if (domain.checkpoints.size > 0) throw operationUnsupported('cannot create snapshot while checkpoint exists');
  if (!domain.persistent && (flags & Create.HALT) !== 0)
    throw operationInvalid('cannot halt after transient domain snapshot');
  if ((flags & Create.VALIDATE) !== 0) await validateDocument('domainsnapshot', domainSnapshot, xml);
  const def = parseSnapshot(xml, {
    ...PLAIN,
    redefine: again,
    cookie: again,
    now: Math.floor(host.clock.now() / 1000),
    option: await momentXmlOption(host, xml, 'domain_snapshot'),
  });
  assertMomentName('snapshot', def.name);
  if (again) return redefine(host, domain, def, (flags & Create.CURRENT) !== 0);
  return create(host, domain, def, flags);
}

async function redefine(host: QemuHost, domain: QemuDomain, def: SnapshotDef, makeCurrent: boolean): Promise<string> {
  const { snapshots } = domain;
  const known = checkRedefinedSnapshot(snapshots, def, domain.uuid, isRegular);
  const moment: SnapshotMoment = known ?? { name: def.name, parent: def.parent?.name, def };
  const before = { def: moment.def, parent: moment.parent };
  if (known === undefined) snapshots.add(moment);
  else snapshots.reparent(moment, def.parent?.name);
  moment.def = def;
  try {
    if (makeCurrent) await setCurrentSnapshot(host, domain, moment);
    else await saveSnapshot(host, domain, moment);
  } catch (error) {
    if (known === undefined) snapshots.remove(moment);
    else {
      snapshots.reparent(moment, before.parent);
      moment.def = before.def;
    }
    throw error;
  }
  return def.name;
}

async function create(host: QemuHost, domain: QemuDomain, def: SnapshotDef, flags: number): Promise<string> {
  const { snapshots, live } = domain;
  const current = live === undefined ? domain.persistentDef : domain.def;
  def.domain = parseStoredDomain(formatInactive(current));
  if (live !== undefined && domain.newDef !== undefined) def.inactiveDomain = domain.newDef;
  prepareSnapshot(domain, current, def, flags);
  requireFree(snapshots, def.name);
  const undo = await keep(host, domain, def, (flags & Create.REUSE_EXT) !== 0);
  if ((flags & Create.NO_METADATA) === 0) {
    const before = snapshots.current;
    const moment: SnapshotMoment = { name: def.name, parent: before?.name, def: withParent(def, before?.name) };
    snapshots.add(moment);
    try {
      await setCurrentSnapshot(host, domain, moment);
    } catch (error) {
      snapshots.remove(moment);
      snapshots.current = before;
      await host.snapshots.remove(domain.name, def.name).catch(() => undefined);
      await undo();
      throw error;
    }
  }
  if ((flags & Create.HALT) !== 0 && live !== undefined) await stopDomain(host, domain, live, 'from-snapshot');
  return def.name;
}

/** Does what the description says; answers how to take it back. */
async function keep(
  host: QemuHost,
  domain: QemuDomain,
  def: SnapshotDef,
  reuse: boolean,
): Promise<() => Promise<void>> {
  const report = (error: unknown) => host.log.error(`undoing snapshot '${def.name}': ${String(error)}`);
  if (def.disks?.disk.some(({ snapshot }) => snapshot === 'external')) return createExternal(host, domain, def, reuse);
  const undo = () => deleteFromImages(domain, def).catch(report);
  const { live } = domain;
  if (live === undefined) {
    await createInImages(host, domain.persistentDef, def);
    return undo;
  }
  // QEMU stops the guest for it, and lets it run on.
  live.pausedReason = DomainPausedReason.SNAPSHOT;
  live.runningReason = DomainRunningReason.UNPAUSED;
  try {
    await saveLive(domain, def);
  } finally {
    live.pausedReason = undefined;
  }
  await host.saveStatus(domain);
  return undo;
}
