import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DomainState, ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootImage, guestXml, qemusOf } from './support/guest.js';
import { heavyGuest } from './support/heavy-guest.js';
import { built, HostProcess } from './support/host-process.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const hasXz = spawnSync('xz', ['--version']).error === undefined;

/** Processes whose output goes to a file, also when it has been removed. */
const writersOf = (path: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/1`).startsWith(path);
    } catch {
      return false;
    }
  });

describe.skipIf(!hasQemu || !built || !hasXz)(
  `a host killed while it saves a guest (skipped without ${EMULATOR}, xz or dist)`,
  { timeout: 60_000 },
  () => {
    let image: string;
    beforeAll(async () => {
      image = await bootImage(dir);
    });

    it.each(['managed', 'file'])('leaves a guest that goes on, and no file (%s)', async (how) => {
      const root = shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
      mkdirSync(join(root, 'etc'));
      // Noise does not compress: this takes long enough to be in its middle.
      writeFileSync(join(root, 'etc/qemu.conf'), `save_image_format = "xz"\n`);
      const file = how === 'managed' ? join(root, 'lib/qemu/save/s.save') : join(root, 'saved');
      const first = new HostProcess('saving-host', heavyGuest('s', image, dir), root, how === 'managed' ? how : file);
      await until(() => first.lines.length > 0, 'the save', 30_000);
      expect(first.lines[0]).toMatch(/^busy/);
      expect(readFileSync(file).toString('latin1', 0, 16)).toBe('LibvirtQemudPart');
      expect(writersOf(file)).toHaveLength(1);
      await first.kill();
      expect(qemusOf(root)).toHaveLength(1);

      const { connect } = await openHost(root);
      const domain = await connect.domainLookupByName('s');
      await domain
        .suspend()
        .catch((error: unknown) => expect(error).toMatchObject({ code: ErrorCode.OPERATION_INVALID }));
      await domain.resume();
      expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING });
      expect(existsSync(file)).toBe(false);
      expect(await domain.hasManagedSaveImage()).toBe(false);
      await until(() => writersOf(file).length === 0, 'the end of the program that compressed');
      expect(readdirSync(join(root, 'lib/qemu')).filter((name) => name.startsWith('domain'))).toHaveLength(1);
      expect(readdirSync(join(root, 'lib/qemu', 'domain-1-s'))).not.toContain('migration.sock');
      writeFileSync(join(root, 'etc/qemu.conf'), '');
      await domain.destroy();
      await until(() => qemusOf(root).length === 0, 'its end');
    });

    it('never loses a guest: at any moment it runs, or it is in its file', async () => {
      const [processes, perProcess] = [6, 4];
      const outcomes: string[] = [];
      for (let n = 0; n < processes; n++) {
        const roots = Array.from({ length: perProcess }, () =>
          shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache')),
        );
        await Promise.all(roots.map((root) => bootImage(root)));
        const first = new HostProcess('seesaw-host', guestXml('s', { image: '@ROOT@/boot.img' }), ...roots);
        await until(
          () => first.lines.filter((line) => line.startsWith('started')).length === perProcess,
          'all',
          30_000,
        );
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 1500));
        await first.kill();
        for (const root of roots) outcomes.push(await check(root));
      }
      // Both were seen, or the moments were not any.
      expect(new Set(outcomes)).toEqual(new Set(['runs', 'in its file']));
    }, 180_000);

    async function check(root: string): Promise<string> {
      const file = join(root, 'lib/qemu/save/s.save');
      const { host, connect } = await openHost(root);
      const domain = await connect.domainLookupByName('s');
      const { state } = await domain.getState();
      const active = state !== DomainState.SHUTOFF;
      if (active) {
        // What was under way is over when it is its turn.
        await domain.suspend();
        await domain.resume();
        expect(existsSync(file)).toBe(false);
      } else {
        expect(await domain.hasManagedSaveImage()).toBe(true);
        expect(readFileSync(file).toString('latin1', 0, 16)).toBe('LibvirtQemudSave');
        await domain.create();
        expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: 3 });
      }
      expect(qemusOf(root)).toHaveLength(1);
      await domain.destroy();
      await host.close();
      return active ? 'runs' : 'in its file';
    }
  },
);
