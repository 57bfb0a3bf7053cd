import { DomainState, DomainXMLFlags } from '@virtkit/core/util';
import { expect } from 'vitest';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';

export const RESTART_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'finds definitions and autostart marks',
    needs: ['domainDefineXML'],
    uses: ['restart'],
    async run({ define, restart }) {
      const domain = await define('one');
      await domain.setAutostart(true);
      const xml = await domain.getXMLDesc(DomainXMLFlags.INACTIVE);
      const again = await (await restart!()).domainLookupByName('one');
      expect(again.uuid).toBe(domain.uuid);
      expect(await again.getXMLDesc(DomainXMLFlags.INACTIVE)).toBe(xml);
      expect(await again.getAutostart()).toBe(true);
    },
  },
  {
    name: 'adopts what runs, and can stop it',
    needs: ['domainDefineXML', 'domainCreate', 'domainDestroy'],
    uses: ['restart'],
    async run({ start, restart }) {
      const domain = await start('one');
      const connect = await restart!();
      const again = await connect.domainLookupByName('one');
      expect(again.id).toBe(domain.id);
      expect((await again.getState()).state).toBe(DomainState.RUNNING);
      await again.destroy();
      expect((await again.getState()).state).toBe(DomainState.SHUTOFF);
    },
  },
];
