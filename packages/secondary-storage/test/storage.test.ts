import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connect, StoragePool } from '@virtkit/core';
import { ErrorCode, StoragePoolEventID } from '@virtkit/core/util';
import { type Embedded, openEmbedded } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import driver from '../src/index.js';
import { factsOf } from '../src/probe-image.js';

const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });
const call = async (work: () => unknown): Promise<unknown> => work();

let root: string;
let place: Embedded;
let storage: Connect;

beforeEach(async () => {
  place = await openEmbedded(driver, join(import.meta.dirname, '..'));
  ({ root, connect: storage } = place);
});
afterEach(() => place.dispose());

const poolXml = (name = 'p'): string =>
  `<pool type='dir'><name>${name}</name><target><path>${root}/${name}</path></target></pool>`;
const WITH_BUILD = 1;
const volXml = (name: string, rest: string): string => `<volume><name>${name}</name>${rest}</volume>`;

describe('pools', () => {
  it('are found again after a restart, active ones with their volumes', async () => {
    const pool = await storage.storagePoolDefineXML(poolXml(), 0);
    await expect(call(() => pool.create(0))).rejects.toThrow(code('SYSTEM_ERROR'));
    await pool.build(0);
    await writeFile(join(root, 'p/a'), 'x');
    await pool.create(0);
    await pool.setAutostart(true);
    storage = await place.restart();
    const again = await storage.storagePoolLookupByName('p');
    expect(await again.isActive()).toBe(true);
    expect(await again.getAutostart()).toBe(true);
    expect(await again.listVolumes()).toEqual(['a']);
    await again.destroy();
    storage = await place.restart();
    expect(await (await storage.storagePoolLookupByName('p')).isActive()).toBe(true);
  });

  it('do not share a place', async () => {
    await storage.storagePoolDefineXML(poolXml(), 0);
    const other = poolXml().replace('<name>p', '<name>q');
    await expect(call(() => storage.storagePoolDefineXML(other, 0))).rejects.toThrow(code('OPERATION_FAILED'));
  });

  it('that are directories have no device to make a file system in', async () => {
    const pool = await storage.storagePoolDefineXML(poolXml(), 0);
    const [noOverwrite, overwrite] = [4, 8];
    for (const flag of [noOverwrite, overwrite])
      await expect(call(() => pool.build(flag))).rejects.toThrow(code('OPERATION_INVALID'));
    await expect(call(() => pool.create(overwrite >> 2))).rejects.toThrow(/No source device specified/);
    await expect(call(() => pool.build(noOverwrite | overwrite))).rejects.toThrow(/mutually exclusive/);
    await pool.build(0);
  });

  it('of some types can be defined only, of others not even that', async () => {
    const logical = await storage.storagePoolDefineXML(
      "<pool type='logical'><name>l</name><source><name>vg</name></source><target><path>/dev/vg</path></target></pool>",
      0,
    );
    await expect(call(() => logical.create(0))).rejects.toThrow(code('CONFIG_UNSUPPORTED'));
    const rbd = "<pool type='rbd'><name>r</name><source><host name='h'/><name>n</name></source></pool>";
    await expect(call(() => storage.storagePoolDefineXML(rbd, 0))).rejects.toThrow(code('INTERNAL_ERROR'));
  });

  it('tell what happens to them', async () => {
    const seen: string[] = [];
    await storage.storagePoolEventRegisterAny(
      null,
      StoragePoolEventID.LIFECYCLE,
      ({ event }) => void seen.push(`${event}`),
    );
    await storage.storagePoolEventRegisterAny(null, StoragePoolEventID.REFRESH, () => void seen.push('refresh'));
    const pool = await storage.storagePoolCreateXML(poolXml(), WITH_BUILD);
    await pool.refresh(0);
    await pool.destroy();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(seen).toEqual(['2', 'refresh', '3']);
    expect(await storage.listAllStoragePools(0)).toEqual([]);
  });
});

describe('volumes', () => {
  let pool: StoragePool;
  beforeEach(async () => {
    pool = await storage.storagePoolCreateXML(poolXml(), WITH_BUILD);
  });

  it('are made, and gone when their making fails', async () => {
    const vol = await pool.storageVolCreateXML(volXml('a', '<capacity>4096</capacity><allocation>0</allocation>'), 0);
    expect((await stat(join(root, 'p/a'))).size).toBe(4096);
    expect(await vol.getXMLDesc(0)).toContain("<capacity unit='bytes'>4096</capacity>");
    await expect(call(() => pool.storageVolCreateXML(volXml('a', '<capacity>1</capacity>'), 0))).rejects.toThrow(
      code('STORAGE_VOL_EXIST'),
    );
    const backed = '<capacity>1</capacity><backingStore><path>/b</path></backingStore>';
    await expect(call(() => pool.storageVolCreateXML(volXml('b', backed), 0))).rejects.toThrow(code('NO_SUPPORT'));
    await expect(call(() => pool.storageVolCreateXML(volXml('../c', '<capacity>1</capacity>'), 0))).rejects.toThrow(
      code('OPERATION_INVALID'),
    );
    expect(await readdir(join(root, 'p'))).toEqual(['a']);
  });

  it('are as large as what is allocated, and directories have no size', async () => {
    const large = volXml('large', '<capacity>4096</capacity><allocation>8192</allocation>');
    expect(await (await pool.storageVolCreateXML(large, 0)).getInfo()).toMatchObject({ capacity: 8192n });
    const folder = volXml('folder', "<capacity>4096</capacity><target><format type='dir'/></target>");
    expect(await (await pool.storageVolCreateXML(folder, 0)).getXMLDesc(0)).toContain("<capacity unit='bytes'>0<");
    const nothing = await pool.storageVolCreateXML(volXml('nothing', '<capacity>0</capacity>'), 0);
    expect(await nothing.getXMLDesc(0)).not.toContain('physical');
  });

  it('of raw data know neither metadata nor snapshots, and share blocks only where that is possible', async () => {
    const [metadata, reflink, snapshots] = [1, 2, 2];
    const raw = (name: string): string => volXml(name, '<capacity>4096</capacity>');
    await expect(call(() => pool.storageVolCreateXML(raw('a'), metadata))).rejects.toThrow(code('CONFIG_UNSUPPORTED'));
    const first = await pool.storageVolCreateXML(raw('a'), 0);
    // Either the file system can do it, or nothing is left of the attempt.
    const shared = await call(() => pool.storageVolCreateXMLFrom(raw('b'), first, reflink)).catch(
      (error: unknown) => error,
    );
    if (shared instanceof Error) expect(shared).toEqual(code('SYSTEM_ERROR'));
    expect((await pool.listVolumes()).includes('b')).toBe(!(shared instanceof Error));
    await expect(call(() => first.delete(snapshots))).rejects.toThrow(/unsupported flags \(0x2\)/);
  });

  it('need what lies behind them', async () => {
    const qcow = "<capacity>4096</capacity><target><format type='qcow2'/></target>";
    const xml = volXml('a', `${qcow}<backingStore><path>/nosuch/image</path></backingStore>`);
    await expect(call(() => pool.storageVolCreateXML(xml, 0))).rejects.toThrow(
      /inaccessible backing store volume \/nosuch/,
    );
    expect(await pool.listVolumes()).toEqual([]);
  });

  it('never take a file that nobody listed', async () => {
    await writeFile(join(root, 'p/late'), 'precious');
    await expect(call(() => pool.storageVolCreateXML(volXml('late', '<capacity>1</capacity>'), 0))).rejects.toThrow(
      code('OPERATION_FAILED'),
    );
    expect(await readFile(join(root, 'p/late'), 'utf8')).toBe('precious');
  });

  it('take data and give it back', async () => {
    const vol = await pool.storageVolCreateXML(
      volXml('a', '<capacity>1000000</capacity><allocation>0</allocation>'),
      0,
    );
    const up = await vol.upload(10n, 0n, 0);
    await up.send(Buffer.from('hello'));
    await up.finish();
    const down = await vol.download(8n, 9n, 0);
    const data = (await down.recv(100)) as Uint8Array;
    expect(Buffer.from(data).toString('latin1')).toBe('\0\0hello\0\0');
    expect(await down.recv(100)).toBeNull();
    await down.finish();
    const limited = await vol.upload(0n, 3n, 0);
    await expect(call(() => limited.send(Buffer.from('four')))).rejects.toThrow(code('SYSTEM_ERROR'));
    limited.abort();
  });

  it('grow, and shrink when told to, never below what they hold', async () => {
    const vol = await pool.storageVolCreateXML(volXml('a', '<capacity>8192</capacity><allocation>0</allocation>'), 0);
    await vol.resize(16384n, 0);
    await expect(call(() => vol.resize(8192n, 0))).rejects.toThrow(code('INVALID_ARG'));
    await vol.resize(8192n, 4);
    expect((await stat(join(root, 'p/a'))).size).toBe(8192);
    await writeFile(join(root, 'p/a'), Buffer.alloc(8192, 1));
    await expect(call(() => vol.resize(100n, 4))).rejects.toThrow(code('INVALID_ARG'));
    await vol.wipe(0);
    expect(Buffer.alloc(8192).equals(await readFile(join(root, 'p/a')))).toBe(true);
  });

  it('are known by what their headers say', async () => {
    await mkdir(join(root, 'p/dir'));
    await writeFile(join(root, 'p/i.qcow2'), qcow2Header('base.img', 'raw'));
    await pool.refresh(0);
    const text = await (await pool.storageVolLookupByName('i.qcow2')).getXMLDesc(0);
    expect(text).toContain("<capacity unit='bytes'>1048576</capacity>");
    expect(text).toContain(`<path>${root}/p/base.img</path>`);
    expect(text).toContain('<compat>1.1</compat>');
    expect(await (await pool.storageVolLookupByName('dir')).getXMLDesc(0)).toContain("<volume type='dir'>");
  });
});

/** A version 3 header with a backing file and its format. */
function qcow2Header(backing: string, format: string): Buffer {
  const header = Buffer.alloc(512);
  header.write('QFI\xfb', 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(200n, 8);
  header.writeUInt32BE(backing.length, 16);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(1048576n, 24);
  header.writeUInt32BE(104, 100);
  header.writeUInt32BE(0xe2792aca, 104);
  header.writeUInt32BE(format.length, 108);
  header.write(format, 112);
  header.write(backing, 200);
  return header;
}

describe('image headers', () => {
  it('are read without trust', () => {
    expect(factsOf(qcow2Header('base.img', 'raw'), '/i/x')).toMatchObject({
      format: 'qcow2',
      capacity: 1048576,
      clusterSize: 65536,
      backing: { path: '/i/base.img', format: 'raw' },
    });
    expect(factsOf(Buffer.from('QFI\xfb', 'latin1'), '/x')).toEqual({ format: 'raw' });
    const wild = qcow2Header('base.img', 'raw');
    wild.writeBigUInt64BE(1n << 40n, 8);
    expect(factsOf(wild, '/x').backing).toBeUndefined();
  });
});
