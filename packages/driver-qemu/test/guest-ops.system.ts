import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainState, ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { boot, bootImage, guestXml, lifecycle, qemusOf, readUntil, turn } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const hasQemuImg = spawnSync('qemu-img', ['--version']).status === 0;

/** The same image, as tools wrote it that did not record the format of what is below. */
function withoutBackingFormat(image: Buffer): Buffer {
  const copy = Buffer.from(image);
  const at = copy.indexOf(Buffer.from('e2792aca', 'hex'));
  if (at < 0) throw new Error('no backing format is recorded');
  copy.writeUInt32BE(0x12345678, at);
  return copy;
}

describe.skipIf(!hasQemu)(`what can be done to a guest (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  beforeAll(async () => {
    image = await bootImage(dir);
  });

  it.skipIf(!hasQemuImg)('boots from a qcow2 image too, and knows its sizes', async () => {
    const qcow2 = join(dir, 'boot.qcow2');
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', image, qcow2]);
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('q', { image: qcow2 }).replace(`type='raw'`, `type='qcow2'`));
    const console = await boot(domain);
    await console.send(Buffer.from('hi\r'));
    expect(await readUntil(console, '\n> ')).toContain('hi');
    const info = await domain.getBlockInfo('vda');
    expect(info.capacity).toBe(1_048_576n);
    expect(info.physical).toBeLessThan(1_048_576n);
    await domain.blockResize('vda', 2048n);
    expect((await domain.getBlockInfo('vda')).capacity).toBe(2_097_152n);
    expect(await domain.getDiskErrors()).toEqual([]);
    const stats = new Map((await domain.blockStatsFlags('vda')).map(({ field, value }) => [field, value]));
    expect(stats.get('rd_bytes')).toBeGreaterThan(0n);
    await expect(domain.blockStats('vdz')).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
  });

  it.skipIf(!hasQemuImg)('knows the images below its disk, and refuses what cannot be told safely', async () => {
    const [middle, top] = [join(dir, 'middle.qcow2'), join(dir, 'top.qcow2')];
    const create = (path: string, backing: string, format?: string) =>
      execFileSync('qemu-img', ['create', '-f', 'qcow2', '-b', backing, ...(format ? ['-F', format] : []), path]);
    create(middle, 'boot.img', 'raw');
    create(top, middle, 'qcow2');
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('c', { image: top }).replace(`type='raw'`, `type='qcow2'`));
    await boot(domain);
    const xml = (await domain.getXMLDesc()).replaceAll(/\n\s*/g, '');
    expect(xml).toContain(
      `<backingStore type='file' index='2'><format type='qcow2'/><source file='${middle}'/>` +
        `<backingStore type='file' index='3'><format type='raw'/><source file='${image}'/><backingStore/>`,
    );
    await domain.destroy();
    expect(await domain.getXMLDesc()).not.toContain('backingStore');

    execFileSync('qemu-img', ['rebase', '-u', '-b', '', top]);
    // Without a recorded format, and with an image below the one below.
    const header = readFileSync(middle);
    writeFileSync(join(dir, 'vague.qcow2'), withoutBackingFormat(header));
    create(top, join(dir, 'vague.qcow2'), 'qcow2');
    writeFileSync(top, withoutBackingFormat(readFileSync(top)));
    await expect(domain.create()).rejects.toMatchObject({
      code: ErrorCode.OPERATION_INVALID,
      message: expect.stringContaining('was not specified in the image metadata') as string,
    });
    create(top, middle, 'qcow2');
    rmSync(middle);
    await expect(domain.create()).rejects.toMatchObject({
      code: ErrorCode.SYSTEM_ERROR,
      message: expect.stringContaining(`Cannot access backing file '${middle}'`) as string,
    });
  });

  it('gets and loses virtual processors while it runs and for its next start', async () => {
    const { connect } = await openHost(newRoot());
    const xml = guestXml('v', { image }).replace('<vcpu>1</vcpu>', `<vcpu current='1'>4</vcpu>`);
    const domain = await connect.domainDefineXML(xml);
    await boot(domain);
    const [cpu] = await domain.getVcpus();
    expect(cpu).toMatchObject({ number: 0, state: 1 });
    expect(cpu?.cpuTime).toBeGreaterThan(0n);
    await domain.setVcpusFlags(3, 1);
    expect(await domain.getVcpus()).toHaveLength(3);
    expect(await domain.getVcpusFlags(1)).toBe(3);
    expect(await domain.getVcpusFlags(2)).toBe(1);
    expect((await domain.getInfo()).nrVirtCpu).toBe(3);
    await domain.setVcpusFlags(4, 2);
    expect(await domain.getXMLDesc(2)).toContain('>4</vcpu>');
    await expect(domain.setVcpusFlags(5, 1)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
    await expect(domain.setVcpusFlags(8, 4 | 1)).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
  });

  it('is looked into: monitor, screen and memory', async () => {
    const { connect } = await openHost(newRoot());
    const more = `<graphics type='vnc' autoport='yes'/><video><model type='vga'/></video>`;
    const domain = await connect.domainDefineXML(guestXml('m', { image, more }));
    await boot(domain);
    expect(JSON.parse(await domain.qemuMonitorCommand('{"execute": "query-status"}'))).toMatchObject({
      return: { status: 'running' },
    });
    expect(JSON.parse(await domain.qemuMonitorCommand('{"execute": "nonsense"}'))).toMatchObject({
      error: { class: 'CommandNotFound' },
    });
    expect(await domain.qemuMonitorCommand('info version', 1)).toMatch(/^\d+\.\d+/);
    await expect(domain.qemuMonitorCommand('{')).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR });
    const { mime, stream } = await domain.screenshot(0);
    // QEMU before 7.1 makes no PNG.
    const head = Buffer.from((await stream.recv(4)) ?? []).toString('latin1');
    expect([mime, head]).toEqual(mime === 'image/png' ? [mime, '\x89PNG'] : ['image/x-portable-pixmap', head]);
    expect(head).toMatch(/^(\x89PNG|P6)/);
    stream.abort();
    // The boot sector ends with its signature, at 0x7c00 + 510.
    expect([...(await domain.memoryPeek(0x7dfen, 2, 2))]).toEqual([0x55, 0xaa]);
  });

  it('is limited as its disk says, from the start', async () => {
    const { connect } = await openHost(newRoot());
    const tune = '<iotune><total_bytes_sec>1000000</total_bytes_sec><read_iops_sec>50</read_iops_sec></iotune>';
    const xml = guestXml('limited', { image }).replace('</disk>', `${tune}</disk>`);
    const domain = await connect.domainCreateXML(xml);
    const { return: blocks } = JSON.parse(await domain.qemuMonitorCommand('{"execute": "query-block"}')) as {
      return: { inserted?: object }[];
    };
    expect(blocks.map(({ inserted }) => inserted)).toContainEqual(
      expect.objectContaining({ bps: 1_000_000, iops_rd: 50, iops: 0 }),
    );
    await domain.destroy();
  });

  it('tells what it is called, and keeps what applications say of it', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('t', { image }));
    await domain.setMetadata(1, 'A title', null, null);
    await domain.setMetadata(2, '<note at="1">text</note>', 'app', 'http://example.org/app');
    expect(await domain.getMetadata(1, null)).toBe('A title');
    expect(await domain.getMetadata(2, 'http://example.org/app')).toBe('<note at="1">text</note>');
    await expect(domain.getMetadata(0, null)).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN_METADATA });
    const xml = await domain.getXMLDesc();
    expect(xml).toContain('<title>A title</title>');
    expect(xml).toContain('<app:note xmlns:app="http://example.org/app" at="1">text</app:note>');
  });

  it('stops instead of rebooting when that is its action', async () => {
    const { connect } = await openHost(newRoot());
    const events = await lifecycle(connect);
    const domain = await connect.domainDefineXML(guestXml('r', { image, elements: '<on_reboot>destroy</on_reboot>' }));
    const console = await boot(domain);
    await console.send(Buffer.from('reboot\r'));
    await until(() => events.includes('5/0'), 'the end');
    expect((await domain.getState()).state).toBe(DomainState.SHUTOFF);
    await domain.setLifecycleAction(1, 1);
    expect(await domain.getXMLDesc()).toContain('<on_reboot>restart</on_reboot>');
  });

  it.each([
    ['destroy', ['8/0', '5/2'], DomainState.SHUTOFF],
    ['preserve', ['8/0'], DomainState.CRASHED],
  ])('that panics ends as %s says', async (action, expected, state) => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(
      guestXml('p', { image, more: `<panic model='isa'/>`, elements: `<on_crash>${action}</on_crash>` }),
    );
    const console = await boot(domain);
    const events = await lifecycle(connect);
    await console.send(Buffer.from('panic\r'));
    await until(() => events.length >= expected.length, 'the crash');
    await turn();
    expect(events).toEqual(expected);
    expect((await domain.getState()).state).toBe(state);
  });

  it('that panics starts again when it is told to', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(
      guestXml('p', { image, more: `<panic model='isa'/>`, elements: '<on_crash>restart</on_crash>' }),
    );
    const console = await boot(domain);
    await console.send(Buffer.from('panic\r'));
    expect(await readUntil(console, '\n> ')).toContain('virtkit guest');
    expect((await domain.getState()).state).toBe(DomainState.RUNNING);
    await domain.destroy();
  });

  it('whose start is given up leaves nothing', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const domain = await connect.domainDefineXML(guestXml('a', { image }));
    for (const ms of [1, 5, 10, 15]) {
      const started = await domain.create({ signal: AbortSignal.timeout(ms) }).then(
        () => true,
        () => false,
      );
      // The caller has gone; what it began is undone or finished by the job that the next call waits for.
      await domain.setMetadata(0, `${ms}`, null, null, 2);
      if (started || (await domain.isActive())) await domain.destroy();
      expect(qemusOf(root)).toEqual([]);
      expect(readdirSync(join(root, 'lib/qemu'))).toEqual([]);
      expect(readdirSync(join(root, 'run/qemu')).filter((file) => /\.(start|xml)$/.test(file))).toEqual([]);
    }
  });

  it('that is starting is destroyed at once', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const domain = await connect.domainDefineXML(guestXml('d', { image }));
    for (const ms of [0, 5, 20, 30]) {
      const starting = domain.create().then(
        () => 'started',
        () => 'given up',
      );
      await new Promise((resolve) => setTimeout(resolve, ms));
      await domain.destroy();
      expect(['started', 'given up']).toContain(await starting);
      expect(await domain.isActive()).toBe(false);
      expect(qemusOf(root)).toEqual([]);
      expect(readdirSync(join(root, 'lib/qemu'))).toEqual([]);
    }
  });

  it('that does not answer is destroyed all the same', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const domain = await connect.domainDefineXML(guestXml('s', { image }));
    await boot(domain);
    const [pid = 0] = qemusOf(root);
    process.kill(pid, 'SIGSTOP');
    const waiting = domain.suspend().catch((error: unknown) => error);
    // What only needs the last known state does not wait.
    expect((await domain.getState()).state).toBe(DomainState.RUNNING);
    expect(await domain.getXMLDesc()).toContain('<name>s</name>');
    const stats = connect.getAllDomainStats([], 0);
    process.kill(pid, 'SIGKILL');
    expect(await waiting).toMatchObject({ code: ErrorCode.OPERATION_FAILED });
    expect(await stats).toHaveLength(1);
    await until(() => qemusOf(root).length === 0, 'the end');
  });

  it('lives in the directories of the system or of the session', async () => {
    const { host } = await openHost(newRoot());
    await host.close();
    const { Host } = await import('@virtkit/core');
    const { directory, driver } = await import('./support/host.js');
    const stateRoot = mkdtempSync(join(dir, 'state-'));
    const own = await Host.create({
      drivers: [{ module: driver, manifest: directory }],
      config: { drivers: [] },
      stateRoot,
    });
    try {
      const session = await own.open('qemu:///session');
      await session.domainDefineXML(guestXml('mine', { image }));
      expect(existsSync(join(stateRoot, 'session/etc/qemu/mine.xml'))).toBe(true);
      if (process.getuid?.() !== 0) {
        await expect(own.open('qemu:///system')).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR });
        return;
      }
      const system = await own.open('qemu:///system');
      expect(await system.listAllDomains()).toEqual([]);
      await system.domainDefineXML(guestXml('ours', { image }));
      expect(existsSync(join(stateRoot, 'etc/qemu/ours.xml'))).toBe(true);
    } finally {
      await own.close();
    }
  });
});
