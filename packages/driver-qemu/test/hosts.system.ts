import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Connect, Host } from '@virtkit/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootImage, guestXml, qemusOf } from './support/guest.js';
import { directory, driver, endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const uuid = '4dea22b3-1d52-d8f3-2516-782e98ab3fa0';
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));

describe.skipIf(!hasQemu)(`a host (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  beforeAll(async () => {
    image = await bootImage(dir);
  });

  const define = (connect: Connect, name = 'guest', more = '', elements = '') =>
    connect.domainDefineXML(guestXml(name, { image, more, elements }));

  it('starts what is marked for it once per boot', async () => {
    const root = newRoot();
    const first = await openHost(root);
    const domain = await define(first.connect, 'auto');
    await domain.setAutostart(true);
    await first.host.close();
    rmSync(join(root, 'run'), { recursive: true });
    const second = await openHost(root);
    expect(await (await second.connect.domainLookupByName('auto')).isActive()).toBe(true);
    await (await second.connect.domainLookupByName('auto')).destroy();
    await second.host.close();
    const third = await openHost(root);
    expect(await (await third.connect.domainLookupByName('auto')).isActive()).toBe(false);
  });

  it('starts with a host that serves a scope, and reads definitions anew when told to', async () => {
    const stateRoot = mkdtempSync(join(dir, 'state-'));
    const options = { drivers: [{ module: driver, manifest: directory }], config: { drivers: [] }, stateRoot };
    const first = await Host.create(options);
    const domain = await (await first.open('qemu:///session')).domainDefineXML(guestXml('auto', { image }));
    await domain.setAutostart(true);
    await first.close();
    rmSync(join(stateRoot, 'session/run'), { recursive: true });
    const host = await Host.create(options);
    try {
      expect(await host.start('session')).toEqual([]);
      expect(qemusOf(stateRoot)).toHaveLength(1);
      const connect = await host.open('qemu:///session');
      const file = join(stateRoot, 'session/etc/qemu/auto.xml');
      const text = readFileSync(file, 'utf8');
      writeFileSync(
        file.replace('auto.xml', 'new.xml'),
        text.replace('<name>auto', '<name>new').replace(domain.uuid, uuid),
      );
      writeFileSync(file, text.replace('<on_crash>destroy', '<on_crash>restart'));
      await host.reload();
      expect((await connect.domainLookupByUUID(uuid)).name).toBe('new');
      const running = await connect.domainLookupByName('auto');
      expect(await running.isActive()).toBe(true);
      expect(await running.getXMLDesc()).toContain('<on_crash>destroy');
      expect(await running.getXMLDesc(2)).toContain('<on_crash>restart');
      await running.destroy();
    } finally {
      await host.close();
    }
  });

  it('lets 8 guests start at once', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const domains = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => define(connect, `g${n}`)));
    // One image for all of them would be locked by the first.
    for (const domain of domains) {
      const own = await bootImage(dir, `${domain.name}.img`);
      await connect.domainDefineXML((await domain.getXMLDesc()).replace(image, own));
    }
    await Promise.all(domains.map((domain) => domain.create()));
    expect(new Set(await connect.listDomains()).size).toBe(8);
    await Promise.all(domains.map((domain) => domain.destroy()));
    expect(qemusOf(root)).toEqual([]);
  });
});
