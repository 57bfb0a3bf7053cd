import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { defineScopedDriver } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { type Embedded, openEmbedded } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Files, type FilesAt, poolFiles } from '../src/files/index.js';
import { Gate } from '../src/files/gate.js';
import { PoolList } from '../src/pool-list.js';
import { storageConnection } from '../src/storage-connection.js';

let isDead = false;
let asked: string[] = [];

/** The files of a server which answers until it does not any more. */
function mortalFiles(): FilesAt {
  const here = poolFiles();
  return async (folder) => {
    const files = await here(folder);
    if (!folder.endsWith('/remote')) return files;
    return new Proxy(files, {
      get(target, name) {
        if (name === 'local') return false;
        const method = target[name as keyof Files] as ((...args: unknown[]) => unknown) | undefined;
        return (
          method &&
          ((...args: unknown[]): Promise<unknown> => {
            asked.push(String(name));
            return isDead ? new Promise(() => undefined) : Promise.resolve(method.apply(target, args));
          })
        );
      },
    });
  };
}

const driver = defineScopedDriver({
  name: 'storage',
  domain: ErrorDomain.STORAGE,
  create: (services) => new PoolList(services, mortalFiles, 1500),
  connect: (list) => storageConnection(list, () => Promise.reject(new Error('there are no secrets here'))),
});

let place: Embedded;
let storage: Connect;
beforeEach(async () => {
  isDead = false;
  asked = [];
  place = await openEmbedded(driver, join(import.meta.dirname, '..'));
  storage = place.connect;
});
afterEach(() => place.dispose());

const poolXml = (name: string): string =>
  `<pool type='dir'><name>${name}</name><target><path>${place.root}/${name}</path></target></pool>`;
const volXml = (name: string): string =>
  `<volume><name>${name}</name><capacity>4096</capacity><allocation>0</allocation></volume>`;
const WITH_BUILD = 1;

describe('a server that does not answer', () => {
  it('holds up nobody but who wants something of it', async () => {
    const remote = await storage.storagePoolCreateXML(poolXml('remote'), WITH_BUILD);
    const theirs = await remote.storageVolCreateXML(volXml('theirs'), 0);
    expect(await theirs.getXMLDesc(0)).toContain('<name>theirs</name>');
    expect(new Set(asked)).toEqual(new Set(['entries', 'space', 'folder', 'open', 'stat', 'inspect']));
    isDead = true;
    let answered = 0;
    for (const work of [
      () => remote.refresh(0),
      () => theirs.getXMLDesc(0),
      () => theirs.getInfo(),
      () => theirs.delete(0),
    ])
      void work().then(
        () => answered++,
        () => answered++,
      );
    // All else of the pool that is known is told, and other pools come, work and go.
    expect(await remote.listVolumes()).toEqual(['theirs']);
    expect(await (await remote.storageVolLookupByName('theirs')).getPath()).toBe(join(place.root, 'remote/theirs'));
    expect(await remote.getXMLDesc(0)).toContain('<name>remote</name>');
    const local = await storage.storagePoolCreateXML(poolXml('local'), WITH_BUILD);
    const ours = await local.storageVolCreateXML(volXml('ours'), 0);
    await local.refresh(0);
    expect(await ours.getXMLDesc(0)).toContain('<name>ours</name>');
    await ours.delete(0);
    await local.destroy();
    expect(answered).toBe(0);
  });

  it('does not keep other pools from being defined, or made and started at once', async () => {
    await mkdir(join(place.root, 'remote'));
    isDead = true;
    let answered = false;
    void storage.storagePoolCreateXML(poolXml('remote'), 0).then(
      () => (answered = true),
      () => (answered = true),
    );
    await storage.storagePoolDefineXML(poolXml('defined'), 0);
    const local = await storage.storagePoolCreateXML(poolXml('local'), WITH_BUILD);
    expect(await local.isActive()).toBe(true);
    expect(await (await storage.storagePoolLookupByName('remote')).isActive()).toBe(false);
    expect(answered).toBe(false);
  });
});

describe('a server that does not answer when the process begins', () => {
  it('does not keep other pools from being taken up and started', async () => {
    const remote = await storage.storagePoolCreateXML(poolXml('remote'), WITH_BUILD);
    await storage.storagePoolCreateXML(poolXml('local'), WITH_BUILD);
    const auto = await storage.storagePoolDefineXML(poolXml('auto'), 0);
    await auto.build(0);
    await auto.setAutostart(true);
    isDead = true;
    storage = await place.restart();
    expect(await storage.listStoragePools()).toEqual(expect.arrayContaining(['auto', 'local']));
    const again = await storage.storagePoolLookupByUUID(remote.uuid);
    expect(await again.isActive()).toBe(false);
    isDead = false;
    storage = await place.restart();
    expect(await (await storage.storagePoolLookupByName('remote')).isActive()).toBe(true);
  });
});

describe('Gate', () => {
  it('lets no more run than it is wide, in their order, whatever comes of them', async () => {
    const outer = new Gate(2);
    const inner = new Gate(1, outer);
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const start = (gate: Gate, name: string): Promise<void> =>
      gate.run(() => {
        order.push(name);
        return new Promise((resolve, reject) =>
          ends.push(name.startsWith('bad') ? () => reject(new Error(name)) : resolve),
        );
      });
    const calls = [start(inner, 'a'), start(inner, 'bad'), start(outer, 'c'), start(outer, 'd')];
    const settled = Promise.allSettled(calls);
    for (let i = 0; i < calls.length; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(order.length - i).toBeLessThanOrEqual(2);
      ends[i]!();
    }
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(order.slice(0, 2)).toEqual(['a', 'c']);
    expect(order.toSorted()).toEqual(['a', 'bad', 'c', 'd']);
  });
});
