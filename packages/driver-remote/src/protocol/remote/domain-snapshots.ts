import {
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  DomainSnapshotCreateFlags,
  DomainSnapshotXMLFlags,
} from '@virtkit/core/util';
import { call, ifFlag, type ProcedureTable } from '../procedure.js';
import { checkpoint, domain, int, list, snapshot, string, uint } from '../types.js';

/** Snapshots and checkpoints of domains. */
export const domainSnapshotsProcedures = {
  domainSnapshotCreateXML: call(185, 'low', { dom: domain, xmlDesc: string, flags: uint }, { snap: snapshot }, [
    'domain:snapshot',
    ifFlag('domain:fs_freeze', DomainSnapshotCreateFlags.QUIESCE),
  ]),
  domainSnapshotGetXMLDesc: call(186, 'high', { snap: snapshot, flags: uint }, { xml: string }, [
    'domain:read',
    ifFlag('domain:read_secure', DomainSnapshotXMLFlags.SECURE),
  ]),
  domainSnapshotNum: call(187, 'high', { dom: domain, flags: uint }, { num: int }, ['domain:read']),
  domainSnapshotListNames: call(
    188,
    'high',
    { dom: domain, maxnames: int, flags: uint },
    { names: list(string, 16384) },
    ['domain:read'],
  ),
  domainSnapshotLookupByName: call(189, 'high', { dom: domain, name: string, flags: uint }, { snap: snapshot }, [
    'domain:read',
  ]),
  domainHasCurrentSnapshot: call(190, 'low', { dom: domain, flags: uint }, { result: int }, ['domain:read']),
  domainSnapshotCurrent: call(191, 'low', { dom: domain, flags: uint }, { snap: snapshot }, ['domain:read']),
  domainRevertToSnapshot: call(192, 'low', { snap: snapshot, flags: uint }, null, ['domain:snapshot']),
  domainSnapshotDelete: call(193, 'low', { snap: snapshot, flags: uint }, null, ['domain:snapshot']),
  domainSnapshotGetParent: call(244, 'high', { snap: snapshot, flags: uint }, { snap: snapshot }, ['domain:read']),
  domainSnapshotNumChildren: call(246, 'high', { snap: snapshot, flags: uint }, { num: int }, ['domain:read']),
  domainSnapshotListChildrenNames: call(
    247,
    'high',
    { snap: snapshot, maxnames: int, flags: uint },
    { names: list(string, 16384) },
    ['domain:read'],
  ),
  domainSnapshotIsCurrent: call(271, 'low', { snap: snapshot, flags: uint }, { current: int }, ['domain:read']),
  domainSnapshotHasMetadata: call(272, 'low', { snap: snapshot, flags: uint }, { metadata: int }, ['domain:read']),
  domainListAllSnapshots: call(
    274,
    'high',
    { dom: domain, needResults: int, flags: uint },
    { snapshots: list(snapshot, 16384), ret: int },
    ['domain:read'],
  ),
  domainSnapshotListAllChildren: call(
    275,
    'high',
    { snapshot: snapshot, needResults: int, flags: uint },
    { snapshots: list(snapshot, 16384), ret: int },
    ['domain:read'],
  ),
  domainCheckpointCreateXML: call(
    411,
    'low',
    { dom: domain, xmlDesc: string, flags: uint },
    { checkpoint: checkpoint },
    ['domain:checkpoint', ifFlag('domain:fs_freeze', DomainCheckpointCreateFlags.QUIESCE)],
  ),
  domainCheckpointGetXMLDesc: call(412, 'low', { checkpoint: checkpoint, flags: uint }, { xml: string }, [
    'domain:read',
    ifFlag('domain:read_secure', DomainCheckpointXMLFlags.SECURE),
  ]),
  domainListAllCheckpoints: call(
    413,
    'high',
    { dom: domain, needResults: int, flags: uint },
    { checkpoints: list(checkpoint, 16384), ret: int },
    ['domain:read'],
  ),
  domainCheckpointListAllChildren: call(
    414,
    'high',
    { checkpoint: checkpoint, needResults: int, flags: uint },
    { checkpoints: list(checkpoint, 16384), ret: int },
    ['domain:read'],
  ),
  domainCheckpointLookupByName: call(
    415,
    'high',
    { dom: domain, name: string, flags: uint },
    { checkpoint: checkpoint },
    ['domain:read'],
  ),
  domainCheckpointGetParent: call(416, 'high', { checkpoint: checkpoint, flags: uint }, { parent: checkpoint }, [
    'domain:read',
  ]),
  domainCheckpointDelete: call(417, 'low', { checkpoint: checkpoint, flags: uint }, null, ['domain:checkpoint']),
} satisfies ProcedureTable;
