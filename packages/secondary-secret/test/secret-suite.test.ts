import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connect, Host } from '@virtkit/core';
import { secretSuite } from '@virtkit/testkit';
import driver from '../src/index.js';

const manifest = {
  name: 'secret',
  spi: '1.0',
  kind: 'secondary',
  uriSchemes: ['secret'],
  provides: ['secret'],
  localOnly: true,
  remoteOnly: false,
  secondaries: 'shared',
  paths: [],
} as const;

secretSuite({
  name: 'secondary-secret',
  async setup() {
    const root = await mkdtemp(join(tmpdir(), 'virtkit-secret-suite-'));
    let host: Host;
    const start = async (): Promise<Connect> => {
      host = await Host.create({ stateRoot: root, drivers: [{ module: driver, manifest }] });
      return host.open(`secret:///embed?root=${root}`);
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
});
