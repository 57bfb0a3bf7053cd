import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Domain } from '@virtkit/core';
import { DomainSnapshotCreateFlags as Create, DomainState, ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { boot, bootImage, guestXml, lifecycle, readUntil, turn } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const usable = hasQemu && spawnSync('qemu-img', ['--version']).status === 0;

const tagsOf = (image: string): string[] => {
  const info = JSON.parse(execFileSync('qemu-img', ['info', '-U', '--output=json', image], { encoding: 'utf8' })) as {
    snapshots?: { name: string }[];
  };
  return (info.snapshots ?? []).map(({ name }) => name);
};
const namesOf = async (domain: Domain) => (await domain.listAllSnapshots()).map((one) => one.name).sort();

describe.skipIf(!usable)(`snapshots (skipped without ${EMULATOR} and qemu-img)`, { timeout: 60_000 }, () => {
  let raw: string;
  let serial = 0;
  beforeAll(async () => {
    raw = await bootImage(dir);
  });
  const newImage = (): string => {
    const path = join(dir, `disk-${++serial}.qcow2`);
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, path]);
    return path;
  };
  const define = async (root: string, image: string) => {
    const { connect, host } = await openHost(root);
    const xml = guestXml('s', { image }).replace(`type='raw'`, `type='qcow2'`);
    return { connect, host, domain: await connect.domainDefineXML(xml) };
  };

  it('of a guest that does not run are inside its images, and outlive the host', async () => {
    const [root, image] = [newRoot(), newImage()];
    const { domain, host } = await define(root, image);
    const first = await domain.snapshotCreateXML('<domainsnapshot><name>a</name></domainsnapshot>');
    await domain.snapshotCreateXML('<domainsnapshot><name>b</name></domainsnapshot>');
    expect(tagsOf(image)).toEqual(['a', 'b']);
    expect(await first.getXMLDesc()).toMatch(/<state>shutoff<\/state>[^]*<disk name='vda' snapshot='internal'\/>/);
    await expect(domain.snapshotCreateXML('<domainsnapshot><name>b</name></domainsnapshot>')).rejects.toMatchObject({
      code: ErrorCode.OPERATION_FAILED,
    });
    expect(tagsOf(image)).toEqual(['a', 'b']);
    await expect(domain.undefine()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    await host.close();

    const { connect } = await openHost(root);
    const again = await connect.domainLookupByName('s');
    expect(await namesOf(again)).toEqual(['a', 'b']);
    const current = await again.snapshotCurrent();
    expect(current.name).toBe('b');
    expect((await current.getParent()).name).toBe('a');
    await (await again.snapshotLookupByName('a')).domainRevertToSnapshot();
    expect((await again.snapshotCurrent()).name).toBe('a');
    await (await again.snapshotLookupByName('a')).delete(0);
    expect(tagsOf(image)).toEqual(['b']);
    await expect((await again.snapshotLookupByName('b')).getParent()).rejects.toMatchObject({
      code: ErrorCode.NO_DOMAIN_SNAPSHOT,
    });
    expect(readdirSync(join(root, 'etc', 'qemu', 'snapshot', 's'))).toEqual(['b.xml']);
    await again.undefineFlags(2);
    expect(existsSync(join(root, 'etc', 'qemu', 'snapshot', 's'))).toBe(false);
    expect(tagsOf(image)).toEqual(['b']);
  });

  it('of a guest that runs bring its memory back', async () => {
    const image = newImage();
    const { domain, connect } = await define(newRoot(), image);
    const console = await boot(domain);
    await console.send(Buffer.from('before\r'));
    await readUntil(console, 'before\r\n');
    const snapshot = await domain.snapshotCreateXML('<domainsnapshot><name>live</name></domainsnapshot>');
    expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING });
    expect(await snapshot.getXMLDesc()).toMatch(/<state>running<\/state>[^]*<memory snapshot='internal'\/>/);
    expect(tagsOf(image)).toEqual(['live']);
    await domain.destroy();
    const seen = await lifecycle(connect);
    await snapshot.domainRevertToSnapshot();
    expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING, reason: 4 });
    await turn();
    expect(seen).toContain('2/3');
    // It goes on behind its prompt: it was not booted anew.
    const resumed = await domain.openConsole(null);
    await resumed.send(Buffer.from('after\r'));
    expect(await readUntil(resumed, 'after')).not.toContain('virtkit guest');
    await snapshot.domainRevertToSnapshot(2);
    expect(await domain.getState()).toMatchObject({ state: DomainState.PAUSED, reason: 7 });
    await snapshot.delete(0);
    expect(tagsOf(image)).toEqual([]);
    expect(await domain.listAllSnapshots()).toEqual([]);
  });

  it.each([false, true])('outside the images leave these as they are (running: %s)', async (running) => {
    const [root, image] = [newRoot(), newImage()];
    const { domain } = await define(root, image);
    if (running) await boot(domain);
    const snapshot = await domain.snapshotCreateXML(
      '<domainsnapshot><name>out</name></domainsnapshot>',
      Create.DISK_ONLY,
    );
    const overlay = image.replace(/\.qcow2$/, '.out');
    expect(await domain.getXMLDesc(2)).toContain(`<source file='${overlay}'/>`);
    if (running) expect(await domain.getXMLDesc()).toMatch(new RegExp(`<source file='${overlay}' index='2'/>`));
    expect(await snapshot.getXMLDesc()).toContain(`<state>${running ? 'disk-snapshot' : 'shutoff'}</state>`);
    await expect(snapshot.delete(0)).rejects.toMatchObject({ code: ErrorCode.CONFIG_UNSUPPORTED });
    await expect(snapshot.domainRevertToSnapshot()).rejects.toMatchObject({ code: ErrorCode.CONFIG_UNSUPPORTED });
    await expect(
      domain.snapshotCreateXML(
        `<domainsnapshot><name>no</name><disks><disk name='vda'><source file='${image}'/></disk></disks></domainsnapshot>`,
        Create.DISK_ONLY,
      ),
    ).rejects.toMatchObject({ code: ErrorCode.CONFIG_UNSUPPORTED });
    if (running) await domain.destroy();
    await boot(domain);
    await snapshot.delete(2);
    expect(readdirSync(join(root, 'etc', 'qemu', 'snapshot', 's'))).toEqual([]);
  });

  it('that cannot be kept are refused, and nothing is changed', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('raw', { image: raw }));
    await expect(domain.snapshotCreateXML('<domainsnapshot/>')).rejects.toMatchObject({
      code: ErrorCode.CONFIG_UNSUPPORTED,
    });
    await boot(domain);
    await expect(domain.snapshotCreateXML('<domainsnapshot/>')).rejects.toMatchObject({
      code: ErrorCode.CONFIG_UNSUPPORTED,
    });
    await expect(domain.snapshotCreateXML(`<domainsnapshot><name>../x</name></domainsnapshot>`)).rejects.toMatchObject({
      code: ErrorCode.XML_DETAIL,
    });
    expect(await domain.listAllSnapshots()).toEqual([]);
    expect(await domain.hasCurrentSnapshot()).toBe(false);
  });
});
