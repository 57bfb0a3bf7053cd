import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from '@virtkit/core';
import type { CommandRunner } from '@virtkit/core/driver';
import { networkSuite } from '@virtkit/testkit';
import driver from '../src/index.js';

const manifest = {
  name: 'network',
  spi: '1.0',
  kind: 'secondary',
  uriSchemes: ['network'],
  provides: ['network'],
  localOnly: true,
  remoteOnly: false,
  secondaries: 'shared',
  paths: [],
} as const;

/** The host does all that it is told to, and changes nothing. */
const commandRunner: CommandRunner = {
  find: (program) => `/usr/sbin/${program}`,
  run: () => Promise.resolve({ stdout: '', stderr: '' }),
};

networkSuite({
  name: 'secondary-network',
  async setup() {
    const root = await mkdtemp(join(tmpdir(), 'virtkit-network-suite-'));
    const host = await Host.create({
      stateRoot: root,
      commandRunner,
      hostFs: { root, path: (path) => join(root, 'host', path) },
      drivers: [{ module: driver, manifest }],
    });
    return {
      connect: await host.open(`network:///embed?root=${root}`),
      async dispose() {
        await host.close();
        await rm(root, { recursive: true });
      },
    };
  },
  networkXml: (name, uuid) =>
    `<network><name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}` +
    `<bridge name='${name}-br'/></network>`,
});
