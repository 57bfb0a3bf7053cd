import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode } from '@virtkit/core/util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootImage, guestXml } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const BRIDGE = `vkbr${process.pid % 100_000}`;
const ip = (...argv: string[]) => spawnSync('ip', argv).status === 0;
const canBridge = hasQemu && process.getuid?.() === 0 && existsSync('/dev/net/tun') && ip('link', 'show', 'lo');
const masterOf = (dev: string): string =>
  /master (\S+)/.exec(spawnSync('ip', ['link', 'show', dev], { encoding: 'utf8' }).stdout)?.[1] ?? '';

describe.skipIf(!canBridge)(
  `interfaces with tap devices (skipped without root, ${EMULATOR} or /dev/net/tun)`,
  { timeout: 60_000 },
  () => {
    let image: string;
    beforeAll(async () => {
      image = await bootImage(dir);
      if (!ip('link', 'add', BRIDGE, 'type', 'bridge')) throw new Error(`there is no bridge ${BRIDGE}`);
    });
    afterAll(() => ip('link', 'del', BRIDGE));

    const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
    const bridged = (bridge: string, rest = '') =>
      `<interface type='bridge'><mac address='52:54:00:01:02:03'/><source bridge='${bridge}'/><model type='virtio'/>${rest}</interface>`;

    it('are part of their bridge while the guest runs, and gone with it, however it ends', async () => {
      const { connect } = await openHost(newRoot());
      const domain = await connect.domainDefineXML(guestXml('tap', { image, more: bridged(BRIDGE) }));
      for (const end of [() => domain.destroy(), () => domain.qemuMonitorCommand('quit', 1).catch(() => '')]) {
        await domain.create();
        const dev = /<target dev='(vnet\d+)'\/>/.exec(await domain.getXMLDesc())?.[1] ?? '';
        expect(masterOf(dev)).toBe(BRIDGE);
        expect(spawnSync('ip', ['link', 'show', dev], { encoding: 'utf8' }).stdout).toContain('fe:54:00:01:02:03');
        await end();
        await until(() => !existsSync(`/sys/class/net/${dev}`), 'the end of the tap device');
      }
    });

    it('keep the guest from starting where the bridge is not, or more is asked for than there is', async () => {
      const { connect } = await openHost(newRoot());
      const nowhere = await connect.domainDefineXML(guestXml('nowhere', { image, more: bridged('vknone') }));
      await expect(nowhere.create()).rejects.toMatchObject({
        message: expect.stringContaining("of domain 'nowhere' to bridge vknone") as string,
      });
      expect(await nowhere.isActive()).toBe(false);
      const limited = bridged(BRIDGE, `<bandwidth><inbound average='100'/></bandwidth>`);
      const domain = await connect.domainDefineXML(guestXml('limited', { image, more: limited }));
      await expect(domain.create()).rejects.toMatchObject({ code: ErrorCode.CONFIG_UNSUPPORTED });
    });
  },
);
