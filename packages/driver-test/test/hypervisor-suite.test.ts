import { join } from 'node:path';
import { Host } from '@virtkit/core';
import { hypervisorSuite } from '@virtkit/testkit';
import driver from '../src/index.js';

const directory = join(import.meta.dirname, '..');

hypervisorSuite({
  name: 'driver-test',
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
  async setup() {
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
  },
});
