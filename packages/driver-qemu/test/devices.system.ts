import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainModificationImpact, ErrorCode } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const { CONFIG, LIVE } = DomainModificationImpact;
const dir = temporaryDirectory();
endHostsAfterEach();

const GUEST = `<domain type='qemu'><name>guest</name><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><emulator>${EMULATOR}</emulator></devices></domain>`;
const disk = (dev: string, file = `/${dev}.img`): string =>
  `<disk type='file'><source file='${file}'/><target dev='${dev}' bus='virtio'/><alias name='ua-${dev}'/></disk>`;

describe.skipIf(!hasQemu)(`devices of definitions (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  it('are attached, updated and detached, and on disk when it is acknowledged', async () => {
    const root = shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
    const { connect } = await openHost(root);
    const domain = await connect.domainDefineXML(GUEST);
    const stored = (): string => readFileSync(join(root, 'etc/qemu/guest.xml'), 'utf8');

    await domain.attachDeviceFlags(disk('vda'), CONFIG);
    await domain.attachDeviceFlags(disk('vdb'), CONFIG);
    const before = await domain.getXMLDesc();
    expect(before).toMatch(/<target dev='vda' bus='virtio'\/>\s*<alias name='ua-vda'\/>\s*<address type='pci'/);
    expect(stored()).toContain("<target dev='vdb'");

    await domain.updateDeviceFlags(disk('vda', '/other.img'), CONFIG);
    expect(stored()).toContain("<source file='/other.img'/>");

    await domain.detachDeviceAlias('ua-vda', CONFIG);
    await domain.detachDeviceFlags(disk('vdb'), CONFIG);
    expect(await domain.getXMLDesc()).not.toContain('<disk');
    await domain.undefine();
  });

  it('are refused without changing anything', async () => {
    const root = shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
    const { connect } = await openHost(root);
    const domain = await connect.domainDefineXML(GUEST);
    await domain.attachDeviceFlags(disk('vda'), CONFIG);
    const before = await domain.getXMLDesc();
    const refusals: readonly (readonly [Promise<void>, ErrorCode])[] = [
      [domain.attachDeviceFlags(disk('vda'), CONFIG), ErrorCode.OPERATION_INVALID],
      [domain.detachDeviceFlags(disk('vdx'), CONFIG), ErrorCode.DEVICE_MISSING],
      [domain.updateDeviceFlags(disk('vdx'), CONFIG), ErrorCode.INVALID_ARG],
      [domain.detachDeviceAlias('ua-none', CONFIG), ErrorCode.INTERNAL_ERROR],
      [domain.attachDeviceFlags("<video><model type='cirrus'/></video>", CONFIG), ErrorCode.CONFIG_UNSUPPORTED],
      [domain.attachDeviceFlags(disk('vdb'), LIVE), ErrorCode.OPERATION_INVALID],
    ];
    for (const [call, code] of refusals) await expect(call).rejects.toMatchObject({ code });
    expect(await domain.getXMLDesc()).toBe(before);
    await domain.undefine();
  });
});
