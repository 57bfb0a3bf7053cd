import type { StoragePool } from '@virtkit/core';
import { ConnectListAllStoragePoolsFlags, StoragePoolState, StorageVolType } from '@virtkit/core/util';
import { expect } from 'vitest';
import { expectError } from './expect-error.js';
import { type Case, defineSuite, type Place, type SuiteOptions } from './suite.js';

export interface StorageSuiteOptions extends SuiteOptions {
  readonly name: string;
  /** A pool that can be built and started here; different names have different places. */
  poolXml(name: string, uuid?: string): string;
  /** A volume of that capacity in bytes; default `<volume>` with name and capacity. */
  volXml?(name: string, capacity: number): string;
}

interface Context extends Place {
  readonly options: StorageSuiteOptions;
  define(name: string, uuid?: string): Promise<StoragePool>;
  /** Defined, built where the driver builds, and started. */
  start(name: string): Promise<StoragePool>;
  vol(name: string, capacity?: number): string;
}

const UUID = 'd1e5a1f0-0a0b-4c0d-8e0f-202122232425';
const OTHER_UUID = 'd1e5a1f0-0a0b-4c0d-8e0f-202122232426';
const POOL = ['storagePoolDefineXML', 'storagePoolCreate', 'storagePoolLookupByName'] as const;
const VOL = [...POOL, 'storageVolCreateXML', 'storageVolLookupByName'] as const;
const MIB = 1 << 20;

const POOLS: readonly Case<Context>[] = [
  {
    name: 'defines a pool that is inactive and persistent',
    needs: POOL,
    async run({ connect, define }) {
      const pool = await define('one', UUID);
      expect(pool).toMatchObject({ name: 'one', uuid: UUID });
      expect(await pool.isActive()).toBe(false);
      expect(await pool.isPersistent()).toBe(true);
      expect((await connect.storagePoolLookupByUUID(UUID)).name).toBe('one');
      expect(
        (await connect.listAllStoragePools(ConnectListAllStoragePoolsFlags.INACTIVE)).map(({ name }) => name),
      ).toEqual(['one']);
    },
  },
  {
    name: 'raises NO_STORAGE_POOL for what is not there',
    needs: POOL,
    async run({ connect }) {
      await expectError(connect.storagePoolLookupByName('nosuch'), 'NO_STORAGE_POOL');
      await expectError(connect.storagePoolLookupByUUID(OTHER_UUID), 'NO_STORAGE_POOL');
    },
  },
  {
    name: 'prints XML that defines the same pool again',
    needs: [...POOL, 'storagePoolUndefine'],
    async run({ connect, define }) {
      const pool = await define('one', UUID);
      const xml = await pool.getXMLDesc();
      await pool.undefine();
      expect(await (await connect.storagePoolDefineXML(xml)).getXMLDesc()).toBe(xml);
    },
  },
  {
    name: 'refuses a name or UUID that another has',
    needs: POOL,
    async run({ connect, define }) {
      await define('one', UUID);
      await expectError(define('one', OTHER_UUID), 'OPERATION_FAILED', 'STORAGE_POOL_BUILT', 'INVALID_ARG');
      await expectError(define('two', UUID), 'OPERATION_FAILED', 'STORAGE_POOL_BUILT', 'INVALID_ARG');
      expect(await connect.listAllStoragePools()).toHaveLength(1);
    },
  },
  {
    name: 'starts a pool and destroys it',
    needs: [...POOL, 'storagePoolDestroy'],
    async run({ start }) {
      const pool = await start('one');
      expect(await pool.isActive()).toBe(true);
      expect((await pool.getInfo()).state).toBe(StoragePoolState.RUNNING);
      await expectError(pool.create(), 'OPERATION_INVALID');
      await pool.destroy();
      expect(await pool.isActive()).toBe(false);
      await expectError(pool.destroy(), 'OPERATION_INVALID');
      await expectError(pool.refresh(), 'OPERATION_INVALID');
    },
  },
  {
    name: 'does not undefine a pool that is active',
    needs: [...POOL, 'storagePoolUndefine', 'storagePoolDestroy'],
    async run({ connect, start }) {
      const pool = await start('one');
      await expectError(pool.undefine(), 'OPERATION_INVALID');
      await pool.destroy();
      await pool.undefine();
      await expectError(connect.storagePoolLookupByName('one'), 'NO_STORAGE_POOL');
    },
  },
];

const VOLUMES: readonly Case<Context>[] = [
  {
    name: 'creates volumes, finds them, and deletes them',
    needs: [...VOL, 'storageVolDelete'],
    async run({ connect, start, vol }) {
      const pool = await start('one');
      const volume = await pool.storageVolCreateXML(vol('disk.img'));
      expect(volume).toMatchObject({ name: 'disk.img', pool: 'one' });
      expect((await volume.getInfo()).capacity).toBe(BigInt(MIB));
      expect((await pool.storageVolLookupByName('disk.img')).key).toBe(volume.key);
      expect((await connect.storageVolLookupByKey(volume.key)).name).toBe('disk.img');
      expect((await connect.storageVolLookupByPath(await volume.getPath())).name).toBe('disk.img');
      expect((await volume.storagePoolLookupByVolume()).name).toBe('one');
      expect((await pool.listAllVolumes()).map(({ name }) => name)).toEqual(['disk.img']);
      await volume.delete();
      await expectError(pool.storageVolLookupByName('disk.img'), 'NO_STORAGE_VOL');
      await expectError(volume.getInfo(), 'NO_STORAGE_VOL');
    },
  },
  {
    name: 'refuses a volume that is there',
    needs: VOL,
    async run({ start, vol }) {
      const pool = await start('one');
      await pool.storageVolCreateXML(vol('disk.img'));
      await expectError(pool.storageVolCreateXML(vol('disk.img')), 'STORAGE_VOL_EXIST', 'OPERATION_FAILED');
    },
  },
  {
    name: 'has no volumes while the pool is inactive',
    needs: VOL,
    async run({ define, vol }) {
      const pool = await define('one');
      await expectError(pool.storageVolCreateXML(vol('disk.img')), 'OPERATION_INVALID');
      await expectError(pool.listAllVolumes(), 'OPERATION_INVALID');
    },
  },
  {
    name: 'copies a volume',
    needs: [...VOL, 'storageVolCreateXMLFrom'],
    async run({ start, vol }) {
      const pool = await start('one');
      const first = await pool.storageVolCreateXML(vol('first.img'));
      const second = await pool.storageVolCreateXMLFrom(vol('second.img'), first);
      expect((await second.getInfo()).capacity).toBe((await first.getInfo()).capacity);
      expect((await pool.listAllVolumes()).map(({ name }) => name).sort()).toEqual(['first.img', 'second.img']);
    },
  },
  {
    name: 'gives back the bytes that were uploaded',
    needs: [...VOL, 'storageVolUpload', 'storageVolDownload'],
    async run({ start, vol }) {
      const pool = await start('one');
      const volume = await pool.storageVolCreateXML(vol('disk.img'));
      const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
      const upload = await volume.upload(1000n, BigInt(content.length));
      for (let at = 0; at < content.length; at += 65_536) await upload.send(content.slice(at, at + 65_536));
      await upload.finish();
      const download = await volume.download(1000n, BigInt(content.length));
      const chunks: Uint8Array[] = [];
      for await (const chunk of download) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(content)).toBe(true);
    },
  },
  {
    name: 'resizes a volume',
    needs: [...VOL, 'storageVolResize'],
    async run({ start, vol }) {
      const pool = await start('one');
      const volume = await pool.storageVolCreateXML(vol('disk.img'));
      await volume.resize(BigInt(4 * MIB));
      expect((await volume.getInfo()).capacity).toBe(BigInt(4 * MIB));
      await expectError(volume.resize(BigInt(MIB)), 'INVALID_ARG', 'OPERATION_FAILED');
    },
  },
  {
    name: 'sees what was put there behind its back, after a refresh',
    needs: [...VOL, 'storagePoolRefresh', 'storagePoolDestroy'],
    async run({ start, vol }) {
      const pool = await start('one');
      const volume = await pool.storageVolCreateXML(vol('disk.img'));
      const { type } = await volume.getInfo();
      await pool.destroy();
      await pool.create();
      await pool.refresh();
      expect((await pool.listAllVolumes()).map(({ name }) => name)).toEqual(['disk.img']);
      expect(Object.values(StorageVolType)).toContain(type);
    },
  },
];

/** What every storage driver promises. */
export function storageSuite(options: StorageSuiteOptions): void {
  defineSuite<Context>(options.name, options, { pools: POOLS, volumes: VOLUMES }, (place) => {
    const define = (name: string, uuid?: string): Promise<StoragePool> =>
      place.connect.storagePoolDefineXML(options.poolXml(name, uuid));
    return {
      ...place,
      options,
      define,
      async start(name) {
        const pool = await define(name);
        if (await place.connect.supports('storagePoolBuild')) await pool.build();
        await pool.create();
        return pool;
      },
      vol: (name, capacity = MIB) =>
        options.volXml?.(name, capacity) ??
        `<volume><name>${name}</name><capacity>${capacity}</capacity><target><format type='raw'/></target></volume>`,
    };
  });
}
