import { join } from 'node:path';
import { Host } from '@virtkit/core';
import { networkSuite, storageSuite } from '@virtkit/testkit';
import driver from '../src/index.js';

const directory = join(import.meta.dirname, '..');

async function setup() {
  const host = await Host.create({ drivers: [{ module: driver, manifest: directory }] });
  const connect = await host.open('test:///default');
  for (const network of await connect.listAllNetworks()) {
    await network.destroy();
    await network.undefine();
  }
  for (const pool of await connect.listAllStoragePools()) {
    await pool.destroy();
    await pool.undefine();
  }
  return { connect, dispose: () => host.close() };
}

const id = (uuid: string | undefined): string => (uuid === undefined ? '' : `<uuid>${uuid}</uuid>`);

networkSuite({
  name: 'driver-test as a network driver',
  setup,
  expectFail: {
    'starts a network and destroys it': "libvirt's test driver does not mind if a network is destroyed twice",
  },
  networkXml: (name, uuid) => `<network>
  <name>${name}</name>${id(uuid)}
  <bridge name='${name}-br'/>
  <ip address='192.0.2.1' netmask='255.255.255.0'/>
</network>`,
});

storageSuite({
  name: 'driver-test as a storage driver',
  setup,
  poolXml: (name, uuid) => `<pool type='dir'>
  <name>${name}</name>${id(uuid)}
  <target><path>/nowhere/${name}</path></target>
</pool>`,
});
