import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from '@virtkit/core';
import { Daemon } from '@virtkit/daemon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Another virtkitd, with the test driver, stands in for libvirtd.
const example = join(import.meta.dirname, '..');
const xml = (name) => `<domain type='test'><name>${name}</name><memory>8192</memory><os><type>hvm</type></os></domain>`;
const closing = [];
let root;

const open = async (socket, options) => {
  const host = await Host.create({
    root: example,
    config: {
      drivers: [{ package: '@virtkit/driver-remote', options: { local: `remote+unix:///?socket=${socket}` } }],
    },
  });
  closing.push(() => host.close());
  return host.open('test:///default', options);
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'virtkit-gateway-'));
  const far = join(root, 'far.sock');
  await writeFile(join(root, 'far.conf'), 'drivers = [ "@virtkit/driver-test" ]\n');
  const driver = join(example, '../../packages/driver-test');
  const behind = await Daemon.start({
    root: join(root, 'far'),
    config: join(root, 'far.conf'),
    socket: far,
    drivers: [driver],
  });
  const text = await readFile(join(example, 'virtkitd.conf'), 'utf8');
  const config = join(root, 'gateway.conf');
  await writeFile(
    config,
    text
      .replace('remote+unix:///', `remote+unix:///?socket=${far}`)
      .replace('policy.json', join(example, 'policy.json'))
      .replace('2:stderr', `2:file:${root}/log`),
  );
  const gateway = await Daemon.start({ root: join(root, 'gateway'), config, socket: join(root, 'gateway.sock') });
  closing.push(() => gateway.stop().then(() => behind.stop()));
  const direct = await open(far);
  await direct.domainDefineXML(xml('web-1'));
  await direct.domainDefineXML(xml('mail'));
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await rm(root, { recursive: true, force: true });
});

describe('the gateway', () => {
  it('shows and lets be changed what the policy names', async () => {
    const connect = await open(join(root, 'gateway.sock'));
    expect((await connect.listAllDomains()).map(({ name }) => name)).toEqual(['web-1']);
    const web = await connect.domainLookupByName('web-1');
    await web.create();
    expect(await web.isActive()).toBe(true);
    await expect(connect.domainLookupByName('mail')).rejects.toMatchObject({ code: 88 });
    await expect(connect.domainDefineXML(xml('mail-2'))).rejects.toMatchObject({ code: 88 });
  });

  it('shows everything by the read-only socket, and changes nothing', async () => {
    const connect = await open(join(root, 'gateway.sock-ro'), { readOnly: true });
    expect((await connect.listAllDomains()).map(({ name }) => name).sort()).toEqual(['mail', 'test', 'web-1']);
    const mail = await connect.domainLookupByName('mail');
    expect(await mail.getXMLDesc()).toContain('<name>mail</name>');
    await expect(mail.create()).rejects.toMatchObject({ code: 29 });
  });
});
