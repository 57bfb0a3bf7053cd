import { join } from 'node:path';
import { Host } from '@virtkit/core';
import { hypervisorSuite, networkSuite, type Place, storageSuite, type WrapSetup } from '@virtkit/testkit';
import driver from '../../src/index.js';

const directory = join(import.meta.dirname, '../..');
const direct: WrapSetup = (setup) => setup;

async function node(): Promise<Place> {
  // Every connection of a host to this URI sees the same objects; a new host starts anew.
  const host = await Host.create({ drivers: [{ module: driver, manifest: directory }] });
  const connect = await host.open('test:///default');
  const domain = await connect.domainLookupByName('test');
  await domain.destroy();
  await domain.undefine();
  return {
    connect,
    open: (options) => host.open('test:///default', options),
    dispose: () => host.close(),
  };
}

async function emptyNode(): Promise<Place> {
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

/** What this driver promises as a hypervisor. */
export function hypervisor(wrap = direct, how = ''): void {
  hypervisorSuite({
    name: `driver-test${how}`,
    // What libvirt's own test driver does differently from its others, and so this one.
    expectFail: {
      'refuses to start what runs': "libvirt's test driver raises an internal error",
      'refuses to stop or pause what does not run': "libvirt's test driver raises an internal error",
      'starts paused when asked to': "libvirt's test driver has no flags for it",
      'no autostart for what is transient': "libvirt's test driver marks transient domains as well",
    },
    domainXml: (name, uuid, more = '') => `<domain type='test'>
  <name>${name}</name>
  ${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  ${more}
  <memory unit='MiB'>16</memory>
  <vcpu current='1'>2</vcpu>
  <os><type>hvm</type></os>
</domain>`,
    setup: wrap(node),
  });
}

/** What it promises beside that. */
export function secondaries(wrap = direct, how = ''): void {
  networkSuite({
    name: `driver-test${how} as a network driver`,
    setup: wrap(emptyNode),
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
    name: `driver-test${how} as a storage driver`,
    setup: wrap(emptyNode),
    poolXml: (name, uuid) => `<pool type='dir'>
  <name>${name}</name>${id(uuid)}
  <target><path>/nowhere/${name}</path></target>
</pool>`,
  });
}
