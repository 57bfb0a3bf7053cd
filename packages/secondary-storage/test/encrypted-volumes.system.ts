import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from '@virtkit/core';
import { CONNECTION_FACTORY, type ConnectionUri, defineDriver, type SecretRef } from '@virtkit/core/driver';
import { afterEach, beforeEach, expect, it } from 'vitest';
import driver from '../src/index.js';

const known = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const other = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';
const qemuImg = (() => {
  try {
    execFileSync('qemu-img', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

let root: string;
let host: Host;
let asked: string[];
/** A secret that is no longer there. */
let lost: string | undefined;

/** Has any secret, and tells where it was looked for. */
const secrets = defineDriver({
  name: 'secret',
  spi: '1.0',
  connection(container) {
    container.registerInstance(CONNECTION_FACTORY, {
      connectOpen: (uri: ConnectionUri) => {
        asked.push(uri.text);
        const ref = { usageType: 1, usageID: 'disk' };
        const lookup = (uuid: string): SecretRef => {
          if (uuid === lost) throw new Error('no such secret');
          return { ...ref, uuid };
        };
        return { secret: { secretLookupByUUID: lookup, secretGetValue: () => Buffer.from('open sesame') } };
      },
    });
  },
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'virtkit-luks-'));
  asked = [];
  lost = undefined;
  host = await Host.create({
    drivers: [
      { module: driver, manifest: join(import.meta.dirname, '..') },
      {
        module: secrets,
        manifest: { spi: '1.0', kind: 'secondary', name: 'secret', uriSchemes: ['secret'], provides: ['secret'] },
      },
    ],
    config: { drivers: [] },
  });
});
afterEach(async () => {
  await host.close();
  rmSync(root, { recursive: true, force: true });
});

const volume = (name: string, secret: string): string =>
  `<volume><name>${name}</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/>` +
  `<encryption format='luks'><secret type='passphrase' uuid='${secret}'/></encryption></target></volume>`;

it.skipIf(!qemuImg)('are encrypted with a secret of the same scope, which is left nowhere', async () => {
  const connect = await host.open(`storage:///embed?root=${encodeURIComponent(root)}`);
  mkdirSync(join(root, 'images'));
  const pool = await connect.storagePoolDefineXML(
    `<pool type='dir'><name>p</name><target><path>${root}/images</path></target></pool>`,
    0,
  );
  await pool.create(0);
  const made = await pool.storageVolCreateXML(volume('a.qcow2', known), 0);
  expect(await made.getXMLDesc(0)).toContain("<encryption format='luks'>");
  expect(asked).toEqual([`secret:///embed?root=${encodeURIComponent(root)}`]);
  // Of a copy's two secrets that of the original is gone: the other must not stay behind in a file.
  lost = known;
  await expect((async () => pool.storageVolCreateXMLFrom(volume('b.qcow2', other), made, 0))()).rejects.toThrow(
    'no such secret',
  );
  const left = readdirSync(root, { recursive: true }).map(String);
  expect(left.filter((name) => name.endsWith('.secret'))).toEqual([]);
  expect(left).not.toContain('images/b.qcow2');
});
