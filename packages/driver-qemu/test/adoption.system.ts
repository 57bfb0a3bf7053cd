import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DomainState, ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootImage, groupsOf, guestXml, lifecycle, lostGroup, qemusOf, readUntil } from './support/guest.js';
import { built, HostProcess } from './support/host-process.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));

describe.skipIf(!hasQemu || !built)(
  `after the host process was killed (skipped without ${EMULATOR} or dist)`,
  { timeout: 60_000 },
  () => {
    beforeAll(() => Promise.all([bootImage(dir), bootImage(dir, 'boot2.img')]));

    it('a new one adopts its guests: consoles work, and their end is noticed', async () => {
      const root = newRoot();
      const first = new HostProcess('one-guest-host', guestXml('guest', { image: join(dir, 'boot.img') }), root);
      await until(() => first.lines.length > 0, 'the guests');
      const [, uuid = '', transientUuid = ''] = first.lines[0]?.split(' ') ?? [];
      await first.kill();
      const qemus = qemusOf(root);
      expect(qemus).toHaveLength(2);

      const { connect } = await openHost(root);
      const events = await lifecycle(connect);
      const domain = await connect.domainLookupByUUID(uuid);
      expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: 1 });
      expect(await domain.isPersistent()).toBe(true);
      const transient = await connect.domainLookupByUUID(transientUuid);
      expect(await transient.isPersistent()).toBe(false);
      expect(new Set(await connect.listDomains()).size).toBe(2);

      const console = await domain.openConsole(null);
      await console.send(Buffer.from('adopted\r'));
      await readUntil(console, 'adopted');
      await console.send(Buffer.from('off\r'));
      await until(() => events.includes('5/0'), 'the end of the guest', 2000);
      expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 1 });

      const [pid = 0] = qemusOf(root);
      process.kill(pid, 'SIGKILL');
      await until(() => events.includes('5/5'), 'the death of the other one', 1000);
      await expect(transient.getState()).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN });
      expect(qemusOf(root)).toEqual([]);
      expect(readdirSync(join(root, 'lib/qemu'))).toEqual([]);
    });

    it('a guest that ended meanwhile is known to have ended, and how', async () => {
      const root = newRoot();
      const first = new HostProcess('one-guest-host', guestXml('guest', { image: join(dir, 'boot.img') }), root);
      await until(() => first.lines.length > 0, 'the guests');
      const [, uuid = '', transientUuid = ''] = first.lines[0]?.split(' ') ?? [];
      await first.kill();
      for (const pid of qemusOf(root)) process.kill(pid, 'SIGKILL');
      await until(() => qemusOf(root).length === 0, 'the end of both');
      const { connect } = await openHost(root);
      const domain = await connect.domainLookupByUUID(uuid);
      expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 3 });
      await expect(connect.domainLookupByUUID(transientUuid)).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN });
      await domain.create();
      await domain.destroy();
    });

    it('control groups that were left behind are taken away', async (test) => {
      const root = newRoot();
      const lost = await lostGroup(root);
      if (lost === undefined) return test.skip('control groups are for root, where they are mounted');
      expect(groupsOf(root)).not.toEqual([]);
      await openHost(root);
      expect(groupsOf(root)).toEqual([]);
    });

    it('at any of 50 moments, no QEMU is without its host and no definition is lost', async () => {
      const [processes, perProcess] = [10, 5];
      for (let n = 0; n < processes; n++) {
        const roots = Array.from({ length: perProcess }, newRoot);
        await Promise.all(roots.map((root) => bootImage(root)));
        const xml = guestXml('@NAME@', { image: '@ROOT@/boot.img' });
        const first = new HostProcess('restless-host', xml, ...roots);
        await until(() => first.lines.length >= perProcess, 'the definitions');
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
        await first.kill();
        await Promise.all(roots.map((root) => check(root, first.lines)));
      }
    }, 240_000);

    async function check(root: string, lines: readonly string[]): Promise<void> {
      const steps = lines.filter((line) => line.startsWith(`${root} `)).map((line) => line.slice(root.length + 1));
      const { host, connect } = await openHost(root);
      const domains = await connect.listAllDomains();
      const names = new Set(domains.map(({ name }) => name));
      for (const step of steps) {
        const name = /^defined (.*)/.exec(step)?.[1];
        // What was being undefined when the end came may be there or not.
        const goes = name !== undefined && steps.some((other) => other === `started ${Number(name.slice(6)) + 1}`);
        if (name !== undefined && !goes) expect(names, `${name} after ${steps.at(-1)}`).toContain(name);
        const gone = /^undefined (.*)/.exec(step)?.[1];
        if (gone !== undefined) expect(names, `${gone} after ${steps.at(-1)}`).not.toContain(gone);
      }
      const guest = await connect.domainLookupByName('guest');
      expect(await guest.isPersistent()).toBe(true);
      const active = await guest.isActive();
      expect(qemusOf(root), `processes after ${steps.at(-1)}`).toHaveLength(active ? 1 : 0);
      // Told as started and not being destroyed yet means: it runs.
      if (steps.at(-1)?.startsWith('started')) expect(active).toBe(true);
      if (!active) await guest.create();
      await guest.destroy();
      expect(qemusOf(root)).toEqual([]);
      expect(readdirSync(join(root, 'run/qemu')).filter((file) => /\.(start|xml)$/.test(file))).toEqual([]);
      expect(readdirSync(join(root, 'lib/qemu'))).toEqual([]);
      await host.close();
      expect(groupsOf(root), `control groups after ${steps.at(-1)}`).toEqual([]);
    }
  },
);
