import {
  type CheckpointDef,
  domainCheckpoint,
  formatCheckpoint,
  parseCheckpoint,
  PLAIN,
  validateDocument,
} from '@virtkit/core/conf';
import {
  alignCheckpoint,
  type CheckpointMoment,
  checkRedefinedCheckpoint,
  type DomainCheckpointRef,
  type DomainRef,
  dropDescendants,
  dropMoment,
  type HypervisorDriver,
  requireFree,
  selectCheckpoints,
} from '@virtkit/core/driver';
import {
  DomainCheckpointCreateFlags as Create,
  DomainCheckpointDeleteFlags as Delete,
  DomainCheckpointXMLFlags as Xml,
} from '@virtkit/core/util';
import { migratableCopy, testXmlOption } from '../conf/domain-xml.js';
import { noCheckpoint, operationUnsupported } from '../errors.js';
import type { DomainObject } from '../state/domain-object.js';
import type { TestNode } from '../state/test-node.js';

/** Checkpoints: points in time from which disk changes are recorded. */
export function checkpointOps(node: TestNode) {
  const { domains } = node;

  const find = ({ dom: ref, name }: DomainCheckpointRef): { dom: DomainObject; moment: CheckpointMoment } => {
    const dom = domains.of(ref);
    const moment = dom.checkpoints.get(name);
    if (moment === undefined) throw noCheckpoint(`no domain checkpoint with matching name '${name}'`);
    return { dom, moment };
  };
  const refOf = (dom: DomainObject, { name }: CheckpointMoment): DomainCheckpointRef => ({ name, dom: dom.ref });

  const list = (dom: DomainObject, from: CheckpointMoment | undefined, flags: number): DomainCheckpointRef[] =>
    selectCheckpoints(dom.checkpoints, from, flags).map((moment) => refOf(dom, moment));

  function redefine(dom: DomainObject, def: CheckpointDef): DomainCheckpointRef {
    const { checkpoints } = dom;
    const known = checkRedefinedCheckpoint(checkpoints, def, dom.uuid);
    const moment = known ?? { name: def.name, parent: def.parent?.name, def };
    if (known === undefined) checkpoints.add(moment);
    else checkpoints.reparent(moment, def.parent?.name);
    moment.def = def;
    checkpoints.current ??= moment;
    return refOf(dom, moment);
  }

  return {
    async domainCheckpointCreateXML(ref: DomainRef, xml: string, flags: number): Promise<DomainCheckpointRef> {
      const dom = domains.of(ref);
      const { checkpoints } = dom;
      if (dom.snapshots.size > 0) throw operationUnsupported('cannot create checkpoint while snapshot exists');
      if (!dom.active) throw operationUnsupported('cannot create checkpoint for inactive domain');
      const again = (flags & Create.REDEFINE) !== 0;
      // Unlike other documents, this one must fit its schema whether that is asked for or not.
      await validateDocument('domaincheckpoint', domainCheckpoint, xml);
      const def = parseCheckpoint(xml, { ...PLAIN, redefine: again, now: Number(node.seconds), option: testXmlOption });
      if (again) return redefine(dom, def);
      def.domain = migratableCopy(dom.live);
      alignCheckpoint(def, def.domain);
      requireFree(checkpoints, def.name);
      const { current } = checkpoints;
      if (current !== undefined) def.parent = { name: current.name };
      const moment = { name: def.name, parent: current?.name, def };
      checkpoints.add(moment);
      checkpoints.current = moment;
      return refOf(dom, moment);
    },

    domainCheckpointGetXMLDesc(ref: DomainCheckpointRef, flags: number): string {
      const { def } = find(ref).moment;
      return formatCheckpoint(def, {
        ...PLAIN,
        option: testXmlOption,
        secure: (flags & Xml.SECURE) !== 0,
        noDomain: (flags & Xml.NO_DOMAIN) !== 0,
      });
    },

    domainListAllCheckpoints: (ref: DomainRef, flags: number) => list(domains.of(ref), undefined, flags),
    domainCheckpointListAllChildren(ref: DomainCheckpointRef, flags: number): DomainCheckpointRef[] {
      const { dom, moment } = find(ref);
      return list(dom, moment, flags);
    },
    domainCheckpointLookupByName(ref: DomainRef, name: string, flags: number): DomainCheckpointRef {
      const { dom, moment } = find({ dom: ref, name });
      return refOf(dom, moment);
    },
    domainCheckpointGetParent(ref: DomainCheckpointRef, flags: number): DomainCheckpointRef {
      const { dom, moment } = find(ref);
      const parent = dom.checkpoints.parentOf(moment);
      if (parent === undefined) throw noCheckpoint(`checkpoint '${moment.name}' does not have a parent`);
      return refOf(dom, parent);
    },

    domainCheckpointDelete(ref: DomainCheckpointRef, flags: number): void {
      const { dom, moment } = find(ref);
      const { checkpoints } = dom;
      if ((flags & (Delete.CHILDREN | Delete.CHILDREN_ONLY)) !== 0) dropDescendants(checkpoints, moment);
      if ((flags & Delete.CHILDREN_ONLY) === 0) dropMoment(checkpoints, moment, follow);
    },
  } satisfies Partial<HypervisorDriver>;
}

/** The description says who the parent is, too. */
function follow(moment: CheckpointMoment): void {
  const { parent: _, ...def } = moment.def;
  moment.def = moment.parent === undefined ? def : { ...def, parent: { name: moment.parent } };
}
