import { type CheckpointDef, confContext, formatCheckpoint } from '@virtkit/core/conf';
import {
  type CheckpointMoment,
  type CheckpointOps,
  type DomainCheckpointRef,
  dropDescendants,
  dropMoment,
  selectCheckpoints,
} from '@virtkit/core/driver';
import { DomainCheckpointDeleteFlags as Delete, DomainCheckpointXMLFlags as Xml } from '@virtkit/core/util';
import { notRunning, type QemuDomain } from '../domain/domain.js';
import { storedXmlOption } from '../domain/xml.js';
import { noCheckpoint, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { bitmapCounts, removeBitmaps } from '../moments/bitmaps.js';
import { createCheckpoint } from '../moments/create-checkpoint.js';
import { saveCheckpoint, withParent } from '../moments/metadata.js';
import { jobsOf } from './job.js';

/** Checkpoints: points in time from which QEMU records what changes on disks. */
export const checkpointOps = (host: QemuHost) => {
  const { find: domainOf, job } = jobsOf(host);
  const momentOf = (domain: QemuDomain, name: string): CheckpointMoment => {
    const moment = domain.checkpoints.get(name);
    if (moment === undefined) throw noCheckpoint(`no domain checkpoint with matching name '${name}'`);
    return moment;
  };
  const find = ({ dom, name }: DomainCheckpointRef) => {
    const domain = domainOf(dom);
    return { domain, moment: momentOf(domain, name) };
  };
  const refOf = (domain: QemuDomain, { name }: CheckpointMoment): DomainCheckpointRef => ({ name, dom: domain.ref });
  const list = (domain: QemuDomain, from: CheckpointMoment | undefined, flags: number) =>
    selectCheckpoints(domain.checkpoints, from, flags).map((moment) => refOf(domain, moment));

  async function remove(domain: QemuDomain, moment: CheckpointMoment, flags: number): Promise<void> {
    const { checkpoints } = domain;
    const withChildren = (flags & (Delete.CHILDREN | Delete.CHILDREN_ONLY)) !== 0;
    const alone = (flags & Delete.CHILDREN_ONLY) === 0;
    const below = withChildren ? checkpoints.descendants(moment).reverse() : [];
    const gone = alone ? [...below, moment] : below;
    if ((flags & Delete.METADATA_ONLY) === 0) {
      if (!domain.active) throw operationUnsupported('cannot delete checkpoint for inactive domain');
      await removeBitmaps(
        domain,
        gone.map(({ def }) => def),
      );
    }
    const changed: CheckpointMoment[] = [];
    if (withChildren) dropDescendants(checkpoints, moment);
    if (alone)
      dropMoment(checkpoints, moment, (child) => {
        child.def = withParent(child.def, child.parent);
        changed.push(child);
      });
    for (const one of changed) await saveCheckpoint(host, domain, one);
    for (const one of gone) await host.checkpoints.remove(domain.name, one.name);
  }

  /** The description with the bytes that changed since, as QEMU counts them now. */
  async function withSizes(domain: QemuDomain, def: CheckpointDef): Promise<CheckpointDef> {
    if (!domain.active) throw notRunning();
    const counts = await bitmapCounts(domain);
    const disk = (def.disks?.disk ?? []).map((one) => {
      const size = one.checkpoint === 'bitmap' ? counts(one.name, one.bitmap ?? def.name) : undefined;
      return size === undefined ? one : { ...one, size };
    });
    return { ...def, disks: { disk } };
  }

  return {
    domainCheckpointCreateXML: (ref, xml, flags, call) =>
      job('domainCheckpointCreateXML', ref, call, async (domain) => ({
        name: await createCheckpoint(host, domain, xml, flags),
        dom: domain.ref,
      })),

    async domainCheckpointGetXMLDesc(ref, flags) {
      const { domain, moment } = find(ref);
      const sizes = (flags & Xml.SIZE) !== 0;
      return formatCheckpoint(sizes ? await withSizes(domain, moment.def) : moment.def, {
        ...confContext({ live: sizes }),
        option: storedXmlOption,
        secure: (flags & Xml.SECURE) !== 0,
        noDomain: (flags & Xml.NO_DOMAIN) !== 0,
      });
    },

    domainListAllCheckpoints: (ref, flags) => list(domainOf(ref), undefined, flags),
    domainCheckpointListAllChildren(ref, flags) {
      const { domain, moment } = find(ref);
      return list(domain, moment, flags);
    },
    domainCheckpointLookupByName(ref, name) {
      const domain = domainOf(ref);
      return refOf(domain, momentOf(domain, name));
    },
    domainCheckpointGetParent(ref) {
      const { domain, moment } = find(ref);
      const parent = domain.checkpoints.parentOf(moment);
      if (parent === undefined) throw noCheckpoint(`checkpoint '${moment.name}' does not have a parent`);
      return refOf(domain, parent);
    },

    domainCheckpointDelete: (ref, flags, call) =>
      job('domainCheckpointDelete', ref.dom, call, (domain) => remove(domain, momentOf(domain, ref.name), flags)),
  } satisfies CheckpointOps;
};
