import { DomainSnapshotDeleteFlags, DomainState } from '@virtkit/core/util';
import { expect } from 'vitest';
import { expectError } from '../expect-error.js';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';

const NEEDS = ['domainDefineXML', 'domainSnapshotCreateXML', 'domainListAllSnapshots'] as const;
const xml = (name: string): string => `<domainsnapshot><name>${name}</name></domainsnapshot>`;

export const SNAPSHOT_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'are kept as a tree, the newest current',
    needs: NEEDS,
    async run({ start }) {
      const domain = await start('one');
      expect(await domain.hasCurrentSnapshot()).toBe(false);
      const first = await domain.snapshotCreateXML(xml('first'));
      const second = await domain.snapshotCreateXML(xml('second'));
      expect((await domain.listAllSnapshots()).map(({ name }) => name).sort()).toEqual(['first', 'second']);
      expect((await domain.snapshotCurrent()).name).toBe('second');
      expect((await second.getParent()).name).toBe('first');
      expect((await first.listAllChildren()).map(({ name }) => name)).toEqual(['second']);
      await expectError(domain.snapshotLookupByName('nosuch'), 'NO_DOMAIN_SNAPSHOT');
    },
  },
  {
    name: 'bring back the state in which they were taken',
    needs: [...NEEDS, 'domainRevertToSnapshot'],
    async run({ start }) {
      const domain = await start('one');
      const snapshot = await domain.snapshotCreateXML(xml('running'));
      await domain.destroy();
      await snapshot.domainRevertToSnapshot();
      expect((await domain.getState()).state).toBe(DomainState.RUNNING);
    },
  },
  {
    name: 'are deleted alone or with their children',
    needs: [...NEEDS, 'domainSnapshotDelete'],
    async run({ start }) {
      const domain = await start('one');
      const first = await domain.snapshotCreateXML(xml('first'));
      await domain.snapshotCreateXML(xml('second'));
      await first.delete();
      expect((await domain.listAllSnapshots()).map(({ name }) => name)).toEqual(['second']);
      const third = await domain.snapshotCreateXML(xml('third'));
      await (await third.getParent()).delete(DomainSnapshotDeleteFlags.CHILDREN);
      expect(await domain.listAllSnapshots()).toEqual([]);
    },
  },
];
