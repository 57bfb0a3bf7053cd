import type { Network } from '@virtkit/core';
import type { NetworkEvents } from '@virtkit/core/driver';
import { ConnectListAllNetworksFlags, NetworkEventID, NetworkEventLifecycleType } from '@virtkit/core/util';
import { expect } from 'vitest';
import { expectError } from './expect-error.js';
import { type Case, defineSuite, type Place, type SuiteOptions } from './suite.js';
import { waitUntil } from './wait.js';

export interface NetworkSuiteOptions extends SuiteOptions {
  readonly name: string;
  /** A network that starts here, without touching others of that name's kind (bridge names and subnets of its own). */
  networkXml(name: string, uuid?: string): string;
}

interface Context extends Place {
  xml(name: string, uuid?: string): string;
  define(name: string, uuid?: string): Promise<Network>;
}

const UUID = 'd1e5a1f0-0a0b-4c0d-8e0f-101112131415';
const OTHER_UUID = 'd1e5a1f0-0a0b-4c0d-8e0f-101112131416';
const DEFINE = ['networkDefineXML', 'networkLookupByName', 'connectListAllNetworks', 'networkUndefine'] as const;

async function names({ connect }: Context, flags = 0): Promise<string[]> {
  return (await connect.listAllNetworks(flags)).map(({ name }) => name).sort();
}

const DEFINITIONS: readonly Case<Context>[] = [
  {
    name: 'defines a network that is inactive and persistent',
    needs: DEFINE,
    async run(context) {
      const network = await context.define('one', UUID);
      expect(network).toMatchObject({ name: 'one', uuid: UUID });
      expect(await network.isActive()).toBe(false);
      expect(await network.isPersistent()).toBe(true);
      expect(await names(context, ConnectListAllNetworksFlags.INACTIVE)).toEqual(['one']);
      expect((await context.connect.networkLookupByUUID(UUID)).name).toBe('one');
    },
  },
  {
    name: 'raises NO_NETWORK for what is not there',
    needs: DEFINE,
    async run({ connect }) {
      await expectError(connect.networkLookupByName('nosuch'), 'NO_NETWORK');
      await expectError(connect.networkLookupByUUID(OTHER_UUID), 'NO_NETWORK');
    },
  },
  {
    name: 'prints XML that defines the same network again',
    needs: DEFINE,
    async run({ connect, define }) {
      const network = await define('one', UUID);
      const xml = await network.getXMLDesc();
      await network.undefine();
      expect(await (await connect.networkDefineXML(xml)).getXMLDesc()).toBe(xml);
    },
  },
  {
    name: 'refuses a name or UUID that another has',
    needs: DEFINE,
    async run(context) {
      await context.define('one', UUID);
      await expectError(context.define('one', OTHER_UUID), 'OPERATION_FAILED', 'NETWORK_EXIST');
      await expectError(context.define('two', UUID), 'OPERATION_FAILED', 'NETWORK_EXIST');
      expect(await names(context)).toEqual(['one']);
    },
  },
  {
    name: 'refuses what is no network, and changes nothing',
    needs: DEFINE,
    async run(context) {
      for (const bad of ['', '<network', '<domain/>', context.xml('one').replace(/<name>[^<]*<\/name>/, '')])
        await expectError(
          context.connect.networkDefineXML(bad),
          'XML_ERROR',
          'XML_DETAIL',
          'INVALID_ARG',
          'NO_NAME',
          'OPERATION_FAILED',
        );
      expect(await names(context)).toEqual([]);
    },
  },
  {
    name: 'does not know a network any more once it is undefined',
    needs: DEFINE,
    async run(context) {
      const network = await context.define('one');
      await network.undefine();
      expect(await names(context)).toEqual([]);
      await expectError(network.getXMLDesc(), 'NO_NETWORK');
    },
  },
  {
    name: 'marks for autostart',
    needs: [...DEFINE, 'networkSetAutostart', 'networkGetAutostart'],
    async run({ define }) {
      const network = await define('one');
      expect(await network.getAutostart()).toBe(false);
      await network.setAutostart(true);
      expect(await network.getAutostart()).toBe(true);
    },
  },
  {
    name: 'finds definitions with a new host',
    needs: DEFINE,
    uses: ['restart'],
    async run({ define, restart }) {
      const network = await define('one');
      await network.setAutostart(true);
      const xml = await network.getXMLDesc();
      const again = await (await restart!()).networkLookupByName('one');
      expect(again.uuid).toBe(network.uuid);
      expect(await again.getAutostart()).toBe(true);
      expect(await again.getXMLDesc()).toBe(xml);
    },
  },
];

const LIFE: readonly Case<Context>[] = [
  {
    name: 'starts a network and destroys it',
    needs: [...DEFINE, 'networkCreate', 'networkDestroy'],
    async run(context) {
      const network = await context.define('one');
      await network.create();
      expect(await network.isActive()).toBe(true);
      expect(await names(context, ConnectListAllNetworksFlags.ACTIVE)).toEqual(['one']);
      await expectError(network.create(), 'OPERATION_INVALID');
      await network.destroy();
      expect(await network.isActive()).toBe(false);
      await expectError(network.destroy(), 'OPERATION_INVALID');
    },
  },
  {
    name: 'creates transient networks, which vanish when they end',
    needs: ['networkCreateXML', 'networkDestroy'],
    async run({ connect, xml }) {
      const network = await connect.networkCreateXML(xml('one'));
      expect(await network.isPersistent()).toBe(false);
      expect(await network.isActive()).toBe(true);
      await network.destroy();
      await expectError(connect.networkLookupByName('one'), 'NO_NETWORK');
    },
  },
  {
    name: 'tells its life in events',
    needs: [...DEFINE, 'networkCreate', 'networkDestroy'],
    async run({ connect, define }) {
      const seen: number[] = [];
      await connect.networkEventRegisterAny(
        null,
        NetworkEventID.LIFECYCLE,
        (event: NetworkEvents[typeof NetworkEventID.LIFECYCLE]) => void seen.push(event.event),
      );
      const network = await define('one');
      await network.create();
      await network.destroy();
      await network.undefine();
      const { DEFINED, STARTED, STOPPED, UNDEFINED } = NetworkEventLifecycleType;
      await waitUntil('the event of undefine', () => seen.includes(UNDEFINED));
      expect(seen).toEqual([DEFINED, STARTED, STOPPED, UNDEFINED]);
    },
  },
];

/** What every network driver promises. */
export function networkSuite(options: NetworkSuiteOptions): void {
  defineSuite<Context>(options.name, options, { definitions: DEFINITIONS, 'life cycle': LIFE }, (place) => ({
    ...place,
    xml: (name, uuid) => options.networkXml(name, uuid),
    define: (name, uuid) => place.connect.networkDefineXML(options.networkXml(name, uuid)),
  }));
}
