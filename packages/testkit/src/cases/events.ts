import type { Connect } from '@virtkit/core';
import type { DomainEvents } from '@virtkit/core/driver';
import {
  DomainEventDefinedDetailType,
  DomainEventID,
  DomainEventStartedDetailType,
  DomainEventStoppedDetailType,
  DomainEventType,
} from '@virtkit/core/util';
import { expect } from 'vitest';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';
import { waitUntil } from '../wait.js';

type Lifecycle = DomainEvents[typeof DomainEventID.LIFECYCLE];
const NEEDS = ['domainDefineXML', 'domainCreate', 'domainDestroy'] as const;

async function listen(connect: Connect, domain: Parameters<Connect['domainEventRegisterAny']>[0] = null) {
  const events: Lifecycle[] = [];
  const id = await connect.domainEventRegisterAny(domain, DomainEventID.LIFECYCLE, (event) => void events.push(event));
  return { events, id };
}

const steps = (events: readonly Lifecycle[]): (readonly [string, number, number])[] =>
  events.map(({ dom, event, detail }) => [dom.name, event, detail]);

export const EVENT_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'tell a life in order',
    needs: [...NEEDS, 'domainSuspend', 'domainResume', 'domainUndefine'],
    async run({ connect, define }) {
      const { events } = await listen(connect);
      const domain = await define('one');
      await domain.create();
      await domain.suspend();
      await domain.resume();
      await domain.destroy();
      await domain.undefine();
      await waitUntil('the event of undefine', () => events.some(({ event }) => event === DomainEventType.UNDEFINED));
      const seen = steps(events).filter(
        // A hypervisor that starts its guests paused may say so, and so may one whose guests shut down before they stop.
        ([, event, detail], i) =>
          event !== DomainEventType.SHUTDOWN &&
          !(
            event === DomainEventType.RESUMED &&
            detail === 0 &&
            i <= 2 &&
            events[i - 1]?.event !== DomainEventType.SUSPENDED
          ),
      );
      expect(seen.map(([, event]) => event)).toEqual([
        DomainEventType.DEFINED,
        DomainEventType.STARTED,
        DomainEventType.SUSPENDED,
        DomainEventType.RESUMED,
        DomainEventType.STOPPED,
        DomainEventType.UNDEFINED,
      ]);
      expect(seen[0]).toEqual(['one', DomainEventType.DEFINED, DomainEventDefinedDetailType.ADDED]);
      expect(seen[1]).toEqual(['one', DomainEventType.STARTED, DomainEventStartedDetailType.BOOTED]);
      expect(seen[4]).toEqual(['one', DomainEventType.STOPPED, DomainEventStoppedDetailType.DESTROYED]);
    },
  },
  {
    name: 'reach every connection',
    needs: NEEDS,
    uses: ['open'],
    async run({ open, define }) {
      const other = await open!();
      const { events } = await listen(other);
      const domain = await define('one');
      await waitUntil('the event on the other connection', () => events.length > 0);
      expect(events[0]!.dom.uuid).toBe(domain.uuid);
      await other.close();
    },
  },
  {
    name: 'of one domain leave out the others',
    needs: NEEDS,
    async run({ connect, define }) {
      const [one, two] = [await define('one'), await define('two')];
      const all = await listen(connect);
      const { events } = await listen(connect, two);
      await one.create();
      await two.create();
      await two.destroy();
      await waitUntil('the last event', () => all.events.some(({ event }) => event === DomainEventType.STOPPED));
      await waitUntil('the last event', () => events.some(({ event }) => event === DomainEventType.STOPPED));
      expect(new Set(events.map(({ dom }) => dom.name))).toEqual(new Set(['two']));
    },
  },
  {
    name: 'end when they are deregistered',
    needs: NEEDS,
    async run({ connect, define }) {
      const all = await listen(connect);
      const { events, id } = await listen(connect);
      await connect.domainEventDeregisterAny(id);
      await define('one');
      await waitUntil('the event', () => all.events.length > 0);
      expect(events).toEqual([]);
    },
  },
  {
    name: 'come as an async iterator, which ends with the connection',
    needs: NEEDS,
    async run({ connect, define }) {
      const events = await connect.domainEvents([DomainEventID.LIFECYCLE]);
      const seen: number[] = [];
      const reading = (async () => {
        for await (const event of events) if ('event' in event) seen.push(event.event);
      })();
      const domain = await define('one');
      await domain.create();
      await waitUntil('the event of the start', () => seen.includes(DomainEventType.STARTED));
      await domain.destroy();
      await waitUntil('the event of the end', () => seen.includes(DomainEventType.STOPPED));
      events.end();
      await reading;
      expect(seen[0]).toBe(DomainEventType.DEFINED);
    },
  },
  {
    name: 'say that a transient domain is gone',
    needs: ['domainCreateXML', 'domainDestroy'],
    async run({ connect, xml }) {
      const { events } = await listen(connect);
      const domain = await connect.domainCreateXML(xml('one'));
      await domain.destroy();
      await waitUntil('the end', () => events.some(({ event }) => event === DomainEventType.STOPPED));
      expect(events.some(({ event }) => event === DomainEventType.UNDEFINED)).toBe(false);
    },
  },
];
