import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Domain } from '@virtkit/core';
import { DomainEventID, DomainState, ErrorCode, typedParam, type TypedParams } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { boot, bootImage, guestXml, lifecycle, qemusOf, readUntil, turn } from './support/guest.js';
import { heavyGuest } from './support/heavy-guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const magicOf = (path: string) => readFileSync(path).toString('latin1', 0, 16);
const RUNNING = { state: DomainState.RUNNING, reason: 3 };

describe.skipIf(!hasQemu)(`a guest in a file (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  let serial = 0;
  beforeAll(async () => {
    image = await bootImage(dir);
  });
  const newFile = () => join(dir, `saved-${++serial}`);

  /** Types a text; answers what comes until it is echoed. */
  const echo = async (domain: Domain, text: string) => {
    const console = await domain.openConsole(null);
    await console.send(Buffer.from(`${text}\r`));
    const seen = await readUntil(console, text);
    console.abort();
    return seen;
  };

  it('goes on where it was, as what it was', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('s', { image }));
    await boot(domain);
    const file = newFile();
    const seen = await lifecycle(connect);
    const jobs: TypedParams[] = [];
    await connect.domainEventRegisterAny(null, DomainEventID.JOB_COMPLETED, ({ params }: { params: TypedParams }) => {
      jobs.push(params);
    });
    await domain.save(file);
    expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 5 });
    expect(magicOf(file)).toBe('LibvirtQemudSave');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { type, params } = await domain.getJobStats(1);
    expect(type).toBe(3);
    expect(typedParam(params, 'operation')).toBe(2);
    expect(Number(typedParam(params, 'memory_total'))).toBeGreaterThan(16 * 1024 * 1024);
    expect((await domain.getJobStats(1)).type).toBe(0);

    expect(await connect.domainSaveImageGetXMLDesc(file)).toContain('<name>s</name>');
    await connect.domainRestore(file);
    expect(await domain.getState()).toEqual(RUNNING);
    expect(await echo(domain, 'after')).not.toContain('virtkit guest');
    await turn();
    expect(seen).toEqual(['3/0', '5/4', '2/2', '4/2']);
    expect(jobs).toHaveLength(1);
    await expect(connect.domainRestore(file)).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
  });

  it('stays paused if it was, or as whoever saves or restores it says', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainCreateXML(guestXml('s', { image }), 1);
    const file = newFile();
    await domain.save(file);
    await expect(domain.getState()).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN });
    await connect.domainRestore(file);
    const again = await connect.domainLookupByName('s');
    expect(await again.isPersistent()).toBe(false);
    expect(await again.getState()).toEqual({ state: DomainState.PAUSED, reason: 2 });
    await again.saveFlags(file, null, 2);
    await connect.domainRestoreFlags(file, null, 4);
    expect(await (await connect.domainLookupByName('s')).getState()).toMatchObject({ state: DomainState.PAUSED });
    await (await connect.domainLookupByName('s')).saveFlags(file, null, 2);
    await connect.domainRestoreFlags(file, null);
    expect(await (await connect.domainLookupByName('s')).getState()).toEqual(RUNNING);
  });

  it('is given another document, as long as the guest cannot tell', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainCreateXML(guestXml('s', { image }));
    const file = newFile();
    const refused = (await domain.getXMLDesc(8)).replaceAll('16384', '32768');
    await expect(domain.saveFlags(file, refused)).rejects.toMatchObject({ code: ErrorCode.CONFIG_UNSUPPORTED });
    expect(existsSync(file)).toBe(false);
    expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING });
    await domain.saveFlags(file, (await domain.getXMLDesc(8)).replace('</name>', '</name><title>one</title>'));
    const xml = await connect.domainSaveImageGetXMLDesc(file, 1);
    expect(xml).toContain('<title>one</title>');
    await connect.domainSaveImageDefineXML(file, xml.replace('one', 'another one'), 4);
    await expect(connect.domainSaveImageDefineXML(file, xml.replace('one', 'x'.repeat(80_000)))).rejects.toMatchObject({
      code: ErrorCode.OPERATION_FAILED,
    });
    await expect(connect.domainSaveImageDefineXML(file, xml.replace('<name>s', '<name>t'))).rejects.toMatchObject({
      code: ErrorCode.CONFIG_UNSUPPORTED,
    });
    await connect.domainRestore(file);
    const restored = await connect.domainLookupByName('s');
    expect(await restored.getState()).toMatchObject({ state: DomainState.PAUSED });
    expect(await restored.getXMLDesc()).toContain('<title>another one</title>');
    await restored.save(file);
    await connect.domainRestoreFlags(
      file,
      (await connect.domainSaveImageGetXMLDesc(file, 1)).replace('another', 'a third'),
      2,
    );
    expect(await (await connect.domainLookupByName('s')).getXMLDesc()).toContain('a third one');
  });

  it('is kept by the host until its next start', async () => {
    const root = newRoot();
    const { connect, host } = await openHost(root);
    const domain = await connect.domainDefineXML(guestXml('s', { image }));
    const file = join(root, 'lib/qemu/save/s.save');
    await expect(domain.managedSave()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    await expect(domain.managedSaveGetXMLDesc()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    await boot(domain);
    await domain.managedSave();
    expect(magicOf(file)).toBe('LibvirtQemudSave');
    await expect(domain.undefine()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    await expect(domain.rename('t')).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    await host.close();

    const { connect: next } = await openHost(root);
    const again = await next.domainLookupByName('s');
    expect(await again.hasManagedSaveImage()).toBe(true);
    expect((await next.listAllDomains(256)).map(({ name }) => name)).toEqual(['s']);
    expect(await next.listAllDomains(512)).toEqual([]);
    await again.managedSaveDefineXML(
      (await again.managedSaveGetXMLDesc(1)).replace('</name>', '</name><title>kept</title>'),
      0,
    );
    await again.create();
    expect(await again.getState()).toEqual(RUNNING);
    expect(await echo(again, 'kept')).not.toContain('virtkit guest');
    expect(await again.getXMLDesc()).toContain('<title>kept</title>');
    expect(await again.hasManagedSaveImage()).toBe(false);
    expect(existsSync(file)).toBe(false);

    await again.managedSave();
    await again.createWithFlags(1);
    expect(await again.getState()).toMatchObject({ state: DomainState.PAUSED });
    await again.managedSave();
    await again.createWithFlags(8);
    expect(await again.getState()).toEqual({ state: DomainState.RUNNING, reason: 1 });
    await again.managedSave();
    await again.undefineFlags(1);
    expect(existsSync(file)).toBe(false);
  });

  it('that is damaged is told from one that was never finished', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const domain = await connect.domainDefineXML(guestXml('s', { image }));
    const file = join(root, 'lib/qemu/save/s.save');
    const overwrite = (at: number, text: string) => {
      const fd = openSync(file, 'r+');
      writeSync(fd, text, at);
    };
    await domain.create();
    await domain.managedSave();
    overwrite(0, 'LibvirtQemudPart');
    await expect(connect.domainRestore(file)).rejects.toMatchObject({ detail: 'save image is incomplete' });
    await domain.create();
    expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: 1 });
    expect(existsSync(file)).toBe(false);

    await domain.managedSave();
    overwrite(0, 'Other');
    await expect(domain.create()).rejects.toMatchObject({ code: ErrorCode.OPERATION_FAILED });
    expect(await domain.hasManagedSaveImage()).toBe(true);
    overwrite(0, 'Libvi');
    truncateSync(file, Math.floor(statSync(file).size / 2));
    await expect(domain.create()).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR });
    expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 6 });
    expect(existsSync(file)).toBe(true);
    await until(() => qemusOf(root).length === 0, 'the end of QEMU');
    expect(readdirSync(join(root, 'lib/qemu'))).toEqual(['save']);
    await domain.createWithFlags(8);
  });

  it.each(['gzip', 'bzip2', 'xz', 'zstd'])('is compressed as the administrator says: %s', async (format) => {
    if (spawnSync(format, ['--version']).error !== undefined) return;
    const root = newRoot();
    mkdirSync(join(root, 'etc'), { recursive: true });
    writeFileSync(
      join(root, 'etc/qemu.conf'),
      `# of this host\nuser = "root"\nsave_image_format = "${format}" # small\n`,
    );
    const { connect } = await openHost(root);
    const domain = await connect.domainDefineXML(guestXml('s', { image }));
    await boot(domain);
    const file = newFile();
    await domain.save(file);
    const stream = readFileSync(file);
    expect(stream.readUInt32LE(28)).toBe(['raw', 'gzip', 'bzip2', 'xz', 'lzop', 'zstd'].indexOf(format));
    expect(stream.indexOf('QEVM')).toBe(-1);
    await connect.domainRestore(file);
    expect(await echo(domain, format)).not.toContain('virtkit guest');
  });

  it('goes round the cache of the host when asked to', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('s', { image }));
    await boot(domain);
    const file = newFile();
    await domain.saveFlags(file, null, 1);
    expect(magicOf(file)).toBe('LibvirtQemudSave');
    await connect.domainRestoreFlags(file, null, 1);
    expect(await echo(domain, 'direct')).not.toContain('virtkit guest');
  });

  it('that cannot be written goes on running, and leaves no file', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainCreateXML(guestXml('s', { image }));
    await expect(domain.save(join(dir, 'missing/file'))).rejects.toMatchObject({ code: ErrorCode.SYSTEM_ERROR });
    await expect(domain.save('/dev/full')).rejects.toMatchObject({
      code: ErrorCode.OPERATION_FAILED,
      detail: expect.stringContaining('No space left on device'),
    });
    expect(existsSync('/dev/full')).toBe(true);
    expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING });
    await echo(domain, 'still here');
    const file = newFile();
    await domain.save(file);
    expect(magicOf(file)).toBe('LibvirtQemudSave');
  });

  describe('while it is written', () => {
    /** A guest that is being saved to a pipe that nobody reads from. */
    const stuck = async (root: string) => {
      const { connect } = await openHost(root);
      const domain = await connect.domainDefineXML(heavyGuest('s', image, dir));
      await domain.create();
      const pipe = newFile();
      execFileSync('mkfifo', [pipe]);
      const reader = openSync(pipe, 'r+');
      const saving = domain.save(pipe).then(
        () => undefined,
        (error: unknown) => error,
      );
      await until(() => readdirSync(join(root, 'run/qemu')).includes('s.xml'), 'its status');
      for (;;) {
        const { dataProcessed } = await domain.getJobInfo();
        if (dataProcessed > 300_000n) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return { connect, domain, saving, pipe, reader };
    };

    it('it can be watched and given up', async () => {
      const { domain, saving } = await stuck(newRoot());
      expect(await domain.getState()).toEqual({ state: DomainState.PAUSED, reason: 3 });
      const { type, params } = await domain.getJobStats();
      expect(type).toBe(2);
      expect(typedParam(params, 'operation')).toBe(2);
      expect(Number(typedParam(params, 'memory_remaining'))).toBeGreaterThan(1024 * 1024);
      // Questions do not wait for it.
      expect(await domain.memoryPeek(0n, 16, 2)).toHaveLength(16);
      expect(await domain.getControlInfo()).toMatchObject({ state: 1 });
      await domain.abortJob();
      expect(await saving).toMatchObject({
        code: ErrorCode.OPERATION_ABORTED,
        detail: 'domain save job: canceled by client',
      });
      expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: 7 });
      await expect(domain.abortJob()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    });

    it('it can be destroyed, or QEMU killed', async () => {
      const root = newRoot();
      const { domain, saving } = await stuck(root);
      await domain.destroy();
      expect(await saving).toMatchObject({ code: ErrorCode.OPERATION_FAILED });
      expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 2 });

      const other = newRoot();
      const second = await stuck(other);
      const [pid = 0] = qemusOf(other);
      process.kill(pid, 'SIGKILL');
      expect(await second.saving).toMatchObject({ code: ErrorCode.OPERATION_FAILED });
      await until(() => !readdirSync(join(other, 'run/qemu')).includes('s.xml'), 'its end');
      expect(await second.domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 3 });
      await until(() => readdirSync(join(other, 'lib/qemu')).length === 0, 'nothing to be left');
    });
  });
});
