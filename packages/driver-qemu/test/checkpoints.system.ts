import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { boot, bootImage, guestXml } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const usable = hasQemu && spawnSync('qemu-img', ['--version']).status === 0;
const xml = (name: string) => `<domaincheckpoint><name>${name}</name></domaincheckpoint>`;

interface ImageWithBitmaps {
  'format-specific': { data: { bitmaps?: { name: string }[] } };
}
/** The bitmaps in an image that no guest has open. */
const bitmapsIn = (image: string): string[] => {
  const info = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', image], { encoding: 'utf8' })) as never;
  return ((info as ImageWithBitmaps)['format-specific'].data.bitmaps ?? []).map(({ name }) => name).sort();
};

describe.skipIf(!usable)(`checkpoints (skipped without ${EMULATOR} and qemu-img)`, { timeout: 60_000 }, () => {
  it('record changes in the image, outlive guest and host, and are deleted with what they recorded', async () => {
    const [root, image] = [newRoot(), join(dir, 'disk.qcow2')];
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', await bootImage(dir), image]);
    const { connect, host } = await openHost(root);
    const domain = await connect.domainDefineXML(guestXml('c', { image }).replace(`type='raw'`, `type='qcow2'`));
    await expect(domain.checkpointCreateXML(xml('early'))).rejects.toMatchObject({
      code: ErrorCode.OPERATION_UNSUPPORTED,
    });
    await boot(domain);
    await domain.checkpointCreateXML(xml('one'));
    const two = await domain.checkpointCreateXML(xml('two'));
    expect((await two.getParent()).name).toBe('one');
    expect(await two.getXMLDesc(4)).toMatch(/<disk name='vda' checkpoint='bitmap' bitmap='two' size='0'\/>/);
    await expect(domain.checkpointCreateXML(xml('two'))).rejects.toMatchObject({ code: ErrorCode.OPERATION_FAILED });
    await expect(domain.snapshotCreateXML('<domainsnapshot/>')).rejects.toMatchObject({
      code: ErrorCode.OPERATION_UNSUPPORTED,
    });
    await domain.destroy();
    expect(bitmapsIn(image)).toEqual(['one', 'two']);
    await expect(two.delete()).rejects.toMatchObject({ code: ErrorCode.OPERATION_UNSUPPORTED });
    await expect(domain.undefine()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    await host.close();

    const { connect: next } = await openHost(root);
    const again = await next.domainLookupByName('c');
    await boot(again);
    const three = await again.checkpointCreateXML(xml('three'));
    expect((await three.getParent()).name).toBe('two');
    // What a client kept is checked against the image when it says so.
    const described = (await three.getXMLDesc(2)).replaceAll(`'three'`, `'gone'`);
    await expect(again.checkpointCreateXML(described, 1 | 4)).rejects.toMatchObject({
      code: ErrorCode.CHECKPOINT_INCONSISTENT,
    });
    await (await again.checkpointLookupByName('two')).delete();
    expect((await three.getParent()).name).toBe('one');
    await (await again.checkpointLookupByName('one')).delete(1);
    expect(await again.listAllCheckpoints()).toEqual([]);
    await again.destroy();
    expect(bitmapsIn(image)).toEqual([]);
    await again.undefine();
  });

  it('and backups are refused where they cannot be', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('r', { image: await bootImage(dir, 'raw.img') }));
    await expect(domain.backupBegin('<domainbackup/>', null, 0)).rejects.toMatchObject({
      code: ErrorCode.OPERATION_UNSUPPORTED,
      message: expect.stringContaining('inactive domain') as string,
    });
    await boot(domain);
    await expect(domain.checkpointCreateXML(xml('raw'))).rejects.toMatchObject({
      code: ErrorCode.CONFIG_UNSUPPORTED,
    });
    await expect(domain.backupBegin(`<domainbackup mode='odd'/>`, null, 0)).rejects.toMatchObject({
      name: 'LibvirtError',
    });
    await expect(domain.backupGetXMLDesc()).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN_BACKUP });
    expect(await domain.listAllCheckpoints()).toEqual([]);
  });
});
