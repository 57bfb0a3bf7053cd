import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connect, Host } from '@virtkit/core';
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

let root = '';

storageSuite({
  name: 'secondary-storage with folders',
  async setup() {
    root = await mkdtemp(join(tmpdir(), 'virtkit-storage-suite-'));
    let host: Host;
    const start = async (): Promise<Connect> => {
      host = await Host.create({ stateRoot: root, drivers: [{ module: driver, manifest }] });
      return host.open(`storage:///embed?root=${root}`);
    };
    return {
      connect: await start(),
      async restart() {
        await host.close();
        return start();
      },
      async dispose() {
        await host.close();
        await rm(root, { recursive: true });
      },
    };
  },
  poolXml: (name, uuid) => `<pool type='dir'>
  <name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  <target><path>${join(root, 'pools', name)}</path></target>
</pool>`,
});
