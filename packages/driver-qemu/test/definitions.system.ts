import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootImage, guestXml, lifecycle, turn } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const DEFINED = '0/0';
const UPDATED = '0/1';
const UNDEFINED = '1/0';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));

describe.skipIf(!hasQemu)(`definitions (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  beforeAll(async () => {
    image = await bootImage(dir);
  });

  const define = (connect: Connect, name = 'guest', more = '', elements = '') =>
    connect.domainDefineXML(guestXml(name, { image, more, elements }));

  it('are on disk when they are acknowledged, and gone when undefined', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const events = await lifecycle(connect);
    const domain = await define(connect);
    const file = join(root, 'etc/qemu/guest.xml');
    expect(readFileSync(file, 'utf8')).toContain(`<uuid>${domain.uuid}</uuid>`);
    await domain.setAutostart(true);
    expect(await domain.getAutostart()).toBe(true);
    expect(readdirSync(join(root, 'etc/qemu/autostart'))).toEqual(['guest.xml']);
    await connect.domainDefineXML((await domain.getXMLDesc()).replace('16384', '32768').replace('16384', '32768'));
    expect((await domain.getInfo()).maxMem).toBe(32768n);
    await domain.undefine();
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(root, 'etc/qemu/autostart'))).toEqual([]);
    await expect(domain.getInfo()).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN });
    await turn();
    expect(events).toEqual([DEFINED, UPDATED, UNDEFINED]);
  });

  it('survive a host that ends, and one that cannot be read does not spoil the others', async () => {
    const root = newRoot();
    const first = await openHost(root);
    const { uuid } = await define(first.connect, 'kept');
    await first.host.close();
    writeFileSync(join(root, 'etc/qemu/broken.xml'), '<domain>');
    const { connect } = await openHost(root);
    expect((await connect.listAllDomains()).map((domain) => [domain.name, domain.uuid])).toEqual([['kept', uuid]]);
  });

  it('of a name or UUID that is taken are refused and change nothing', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await define(connect, 'a');
    const xml = await domain.getXMLDesc();
    await expect(define(connect, 'a')).rejects.toMatchObject({
      code: ErrorCode.OPERATION_FAILED,
      detail: `domain 'a' already exists with uuid ${domain.uuid}`,
    });
    await expect(connect.domainDefineXML(xml.replace('<name>a<', '<name>b<'))).rejects.toMatchObject({
      code: ErrorCode.OPERATION_FAILED,
      detail: `domain 'a' is already defined with uuid ${domain.uuid}`,
    });
    expect(await connect.listAllDomains()).toHaveLength(1);
    expect(await domain.getXMLDesc()).toBe(xml);
  });

  it('that make no sense are refused with libvirt’s codes', async () => {
    const { connect } = await openHost(newRoot());
    const refused = (xml: string, code: number, text: string) =>
      expect(connect.domainDefineXML(xml)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(text) as string,
      });
    await refused('<domain', ErrorCode.XML_DETAIL, '');
    await refused('<network/>', ErrorCode.XML_ERROR, 'network');
    await refused(
      guestXml('g', { image, machine: 'pc-i440fx-9000' }),
      ErrorCode.CONFIG_UNSUPPORTED,
      "machine type 'pc-i440fx-9000'",
    );
    await refused(
      guestXml('g', { image }).replace(EMULATOR, '/none/qemu'),
      ErrorCode.SYSTEM_ERROR,
      'Cannot check QEMU binary /none/qemu',
    );
    expect(await connect.listAllDomains()).toEqual([]);
  });

  it('are renamed', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const domain = await define(connect, 'old');
    await domain.rename('new');
    expect((await connect.domainLookupByName('new')).uuid).toBe(domain.uuid);
    await expect(connect.domainLookupByName('old')).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN });
    expect(readdirSync(join(root, 'etc/qemu'))).toEqual(['new.xml']);
  });
});
