import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from '@virtkit/core';
import { storageSuite } from '@virtkit/testkit';
import driver from '../src/index.js';

const manifest = {
  name: 'storage',
  spi: '1.0',
  kind: 'secondary',
  uriSchemes: ['storage'],
  provides: ['storage'],
  localOnly: true,
  remoteOnly: false,
  secondaries: 'shared',
  paths: [],
} as const;

const pools = await mkdtemp(join(tmpdir(), 'virtkit-storage-suite-pools-'));

storageSuite({
  name: 'secondary-storage',
  async setup() {
    const root = await mkdtemp(join(tmpdir(), 'virtkit-storage-suite-'));
    await rm(pools, { recursive: true, force: true });
    const host = await Host.create({ stateRoot: root, drivers: [{ module: driver, manifest }] });
    return {
      connect: await host.open(`storage:///embed?root=${root}`),
      async dispose() {
        await host.close();
        await rm(root, { recursive: true });
        await rm(pools, { recursive: true, force: true });
      },
    };
  },
  poolXml: (name, uuid) =>
    `<pool type='dir'><name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}` +
    `<target><path>${pools}/${name}</path></target></pool>`,
});
