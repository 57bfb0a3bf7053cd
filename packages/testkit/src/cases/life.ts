import {
  ConnectListAllDomainsFlags,
  DomainCreateFlags,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  DomainState,
} from '@virtkit/core/util';
import { readXml } from '@virtkit/core/conf';
import { expect } from 'vitest';
import { expectError } from '../expect-error.js';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';

const LIFE = ['domainDefineXML', 'domainCreate', 'domainDestroy'] as const;

export const LIFE_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'starts a domain and destroys it',
    needs: LIFE,
    async run({ connect, define }) {
      const domain = await define('one');
      await domain.create();
      expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: DomainRunningReason.BOOTED });
      expect(await domain.isActive()).toBe(true);
      const { id } = await connect.domainLookupByName('one');
      expect(id).toBeGreaterThan(0);
      expect((await connect.domainLookupByID(id)).uuid).toBe(domain.uuid);
      await domain.destroy();
      expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: DomainShutoffReason.DESTROYED });
      await expectError(connect.domainLookupByID(id), 'NO_DOMAIN');
      expect((await connect.domainLookupByName('one')).id).toBe(-1);
    },
  },
  {
    name: 'starts a domain again, with another id',
    needs: LIFE,
    async run({ connect, define }) {
      const domain = await define('one');
      await domain.create();
      const first = await connect.domainLookupByName('one');
      await domain.destroy();
      await domain.create();
      const second = await connect.domainLookupByName('one');
      expect(second.id).not.toBe(first.id);
      expect((await domain.getState()).state).toBe(DomainState.RUNNING);
    },
  },
  {
    name: 'refuses to start what runs',
    needs: LIFE,
    async run({ start }) {
      const domain = await start('one');
      await expectError(domain.create(), 'OPERATION_INVALID');
      expect((await domain.getState()).state).toBe(DomainState.RUNNING);
    },
  },
  {
    name: 'refuses to stop or pause what does not run',
    needs: [...LIFE, 'domainSuspend', 'domainShutdown'],
    async run({ define }) {
      const domain = await define('one');
      await expectError(domain.destroy(), 'OPERATION_INVALID');
      await expectError(domain.suspend(), 'OPERATION_INVALID');
      await expectError(domain.shutdown(), 'OPERATION_INVALID');
    },
  },
  {
    name: 'lets exactly one of many starts win',
    needs: LIFE,
    async run({ connect, define }) {
      await define('one');
      const results = await Promise.allSettled(
        Array.from({ length: 5 }, async () => (await connect.domainLookupByName('one')).create()),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await connect.listAllDomains(ConnectListAllDomainsFlags.ACTIVE)).toHaveLength(1);
    },
  },
  {
    name: 'says its id in the XML of a running domain',
    needs: LIFE,
    async run({ connect, start }) {
      await start('one');
      const domain = await connect.domainLookupByName('one');
      expect(readXml(await domain.getXMLDesc()).attrs['id']).toBe(String(domain.id));
      await domain.destroy();
      expect(readXml(await domain.getXMLDesc()).attrs['id']).toBeUndefined();
    },
  },
  {
    name: 'suspends and resumes',
    needs: [...LIFE, 'domainSuspend', 'domainResume'],
    async run({ start }) {
      const domain = await start('one');
      await domain.suspend();
      expect(await domain.getState()).toEqual({ state: DomainState.PAUSED, reason: DomainPausedReason.USER });
      await domain.resume();
      expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: DomainRunningReason.UNPAUSED });
    },
  },
  {
    name: 'starts paused when asked to',
    needs: [...LIFE, 'domainCreateWithFlags', 'domainResume'],
    async run({ define }) {
      const domain = await define('one');
      await domain.createWithFlags(DomainCreateFlags.START_PAUSED);
      expect((await domain.getState()).state).toBe(DomainState.PAUSED);
      await domain.resume();
      expect((await domain.getState()).state).toBe(DomainState.RUNNING);
    },
  },
  {
    name: 'creates transient domains, which vanish when they end',
    needs: ['domainCreateXML', 'domainDestroy'],
    async run({ connect, xml }) {
      const domain = await connect.domainCreateXML(xml('one'));
      expect(domain.id).toBeGreaterThan(0);
      expect(await domain.isPersistent()).toBe(false);
      await domain.destroy();
      await expectError(connect.domainLookupByName('one'), 'NO_DOMAIN');
      await expectError(domain.getState(), 'NO_DOMAIN');
    },
  },
  {
    name: 'does not create what is there',
    needs: [...LIFE, 'domainCreateXML'],
    async run({ connect, start, xml }) {
      const { uuid } = await start('one');
      await expectError(connect.domainCreateXML(xml('one')), 'OPERATION_FAILED', 'OPERATION_INVALID', 'DOM_EXIST');
      await expectError(
        connect.domainCreateXML(xml('one', uuid)),
        'OPERATION_FAILED',
        'OPERATION_INVALID',
        'DOM_EXIST',
      );
      expect(await connect.listAllDomains()).toHaveLength(1);
    },
  },
  {
    name: 'a running domain that is undefined goes on as transient',
    needs: [...LIFE, 'domainUndefine'],
    async run({ connect, start }) {
      const domain = await start('one');
      await domain.undefine();
      expect(await domain.isPersistent()).toBe(false);
      expect((await domain.getState()).state).toBe(DomainState.RUNNING);
      await domain.destroy();
      await expectError(connect.domainLookupByName('one'), 'NO_DOMAIN');
    },
  },
  {
    name: 'a transient domain that is defined stays when it ends',
    needs: [...LIFE, 'domainCreateXML'],
    async run({ connect, xml }) {
      const domain = await connect.domainCreateXML(xml('one'));
      await connect.domainDefineXML(xml('one', domain.uuid));
      expect(await domain.isPersistent()).toBe(true);
      await domain.destroy();
      expect((await domain.getState()).state).toBe(DomainState.SHUTOFF);
    },
  },
  {
    name: 'a new definition of a running domain is for its next start',
    needs: LIFE,
    async run({ connect, start, xml }) {
      const domain = await start('one');
      await connect.domainDefineXML(xml('one', domain.uuid, '<title>next</title>'));
      expect(await domain.getXMLDesc()).not.toContain('<title>next</title>');
      expect(await domain.getXMLDesc(2)).toContain('<title>next</title>');
      await domain.destroy();
      expect(await domain.getXMLDesc()).toContain('<title>next</title>');
    },
  },
  {
    name: 'knows the facts of a running domain',
    needs: [...LIFE, 'domainGetInfo'],
    async run({ start }) {
      const info = await (await start('one')).getInfo();
      expect(info.state).toBe(DomainState.RUNNING);
      expect(info.nrVirtCpu).toBeGreaterThan(0);
      expect(info.memory > 0n && info.memory <= info.maxMem).toBe(true);
    },
  },
  {
    name: 'gives statistics of all domains in one call',
    needs: [...LIFE, 'connectGetAllDomainStats'],
    async run({ connect, define, start }) {
      await define('off');
      await start('on');
      const records = await connect.getAllDomainStats([], 0);
      const states = Object.fromEntries(
        records.map(({ dom, params }) => [dom.name, params.find(({ field }) => field === 'state.state')?.value]),
      );
      expect(states).toEqual({ off: DomainState.SHUTOFF, on: DomainState.RUNNING });
    },
  },
  {
    name: 'no autostart for what is transient',
    needs: ['domainCreateXML', 'domainSetAutostart'],
    async run({ connect, xml }) {
      const domain = await connect.domainCreateXML(xml('one'));
      await expectError(domain.setAutostart(true), 'OPERATION_INVALID');
    },
  },
  {
    name: 'saves a domain and restores it',
    needs: [...LIFE, 'domainManagedSave', 'domainHasManagedSaveImage'],
    async run({ start }) {
      const domain = await start('one');
      expect(await domain.hasManagedSaveImage()).toBe(false);
      await domain.managedSave();
      expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: DomainShutoffReason.SAVED });
      expect(await domain.hasManagedSaveImage()).toBe(true);
      await domain.create();
      expect((await domain.getState()).state).toBe(DomainState.RUNNING);
      expect(await domain.hasManagedSaveImage()).toBe(false);
    },
  },
];
