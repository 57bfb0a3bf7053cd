import {
  type CheckpointDef,
  diskByTarget,
  domainCheckpoint,
  type DomainDef,
  parseCheckpoint,
  PLAIN,
  validateDocument,
} from '@virtkit/core/conf';
import { alignCheckpoint, type CheckpointMoment, checkRedefinedCheckpoint, requireFree } from '@virtkit/core/driver';
import { DomainCheckpointCreateFlags as Create, ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { formatInactive, parseStoredDomain } from '../domain/xml.js';
import { argumentUnsupported, configUnsupported, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { addBitmaps, bitmapCounts, removeBitmaps } from './bitmaps.js';
import { formatOf } from './disks.js';
import { assertMomentName, momentXmlOption, saveCheckpoint, withParent } from './metadata.js';

/** qemuCheckpointCreateXML, as a job of the domain. */
export async function createCheckpoint(
  host: QemuHost,
  domain: QemuDomain,
  xml: string,
  flags: number,
): Promise<string> {
  const again = (flags & Create.REDEFINE) !== 0;
  if (!again && !domain.active) throw operationUnsupported('cannot create checkpoint for inactive domain');
  // Unlike other documents, this one must fit its schema.
  await validateDocument('domaincheckpoint', domainCheckpoint, xml);
  const def = parseCheckpoint(xml, {
    ...PLAIN,
    redefine: again,
    now: Math.floor(host.clock.now() / 1000),
    option: await momentXmlOption(host, xml, 'domain_checkpoint'),
  });
  assertMomentName('checkpoint', def.name);
  if (again) return redefine(host, domain, def, (flags & Create.REDEFINE_VALIDATE) !== 0);
  if ((flags & Create.QUIESCE) !== 0) throw argumentUnsupported('QEMU guest agent is not configured');
  return create(host, domain, def);
}

async function redefine(host: QemuHost, domain: QemuDomain, def: CheckpointDef, validate: boolean): Promise<string> {
  const { checkpoints } = domain;
  const known = checkRedefinedCheckpoint(checkpoints, def, domain.uuid);
  if (validate) await assertBitmaps(domain, def);
  const moment: CheckpointMoment = known ?? { name: def.name, parent: def.parent?.name, def };
  const before = { def: moment.def, parent: moment.parent, current: checkpoints.current };
  if (known === undefined) checkpoints.add(moment);
  else checkpoints.reparent(moment, def.parent?.name);
  moment.def = def;
  // The current one is where the next begins: the end of the line.
  if (!checkpoints.hasChildren(moment)) checkpoints.current = moment;
  try {
    await saveCheckpoint(host, domain, moment);
  } catch (error) {
    if (known === undefined) checkpoints.remove(moment);
    else {
      checkpoints.reparent(moment, before.parent);
      moment.def = before.def;
    }
    checkpoints.current = before.current;
    throw error;
  }
  return def.name;
}

/** Raises CHECKPOINT_INCONSISTENT for a disk whose image does not hold the bitmap that the description tells of. */
async function assertBitmaps(domain: QemuDomain, def: CheckpointDef): Promise<void> {
  if (domain.live === undefined)
    throw new LibvirtError(ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN, 'domain is not running');
  const counts = await bitmapCounts(domain);
  for (const { name, checkpoint, bitmap = def.name } of def.disks?.disk ?? [])
    if (checkpoint === 'bitmap' && counts(name, bitmap) === undefined)
      throw new LibvirtError(
        ErrorCode.CHECKPOINT_INCONSISTENT,
        ErrorDomain.QEMU,
        `missing or broken bitmap '${bitmap}' for disk '${name}'`,
      );
}

async function create(host: QemuHost, domain: QemuDomain, def: CheckpointDef): Promise<string> {
  const { checkpoints } = domain;
  alignCheckpoint(def, domain.def);
  assertBitmapsPossible(def, domain.def);
  def.domain = parseStoredDomain(formatInactive(domain.def));
  requireFree(checkpoints, def.name);
  const before = checkpoints.current;
  await addBitmaps(domain, def);
  const moment: CheckpointMoment = { name: def.name, parent: before?.name, def: withParent(def, before?.name) };
  checkpoints.add(moment);
  checkpoints.current = moment;
  try {
    await saveCheckpoint(host, domain, moment);
  } catch (error) {
    checkpoints.remove(moment);
    checkpoints.current = before;
    await host.checkpoints.remove(domain.name, def.name).catch(() => undefined);
    await removeBitmaps(domain, [def]).catch((failure: unknown) =>
      host.log.error(`undoing checkpoint '${def.name}': ${String(failure)}`),
    );
    throw error;
  }
  return def.name;
}

/** Only qcow2 images can keep what has changed. */
function assertBitmapsPossible(def: CheckpointDef, current: DomainDef): void {
  for (const { name, checkpoint } of def.disks?.disk ?? []) {
    const disk = diskByTarget(current, name);
    if (checkpoint === 'bitmap' && disk !== undefined && formatOf(disk) !== 'qcow2')
      throw configUnsupported(`checkpoint for disk ${name} unsupported for storage type ${formatOf(disk)}`);
  }
}
