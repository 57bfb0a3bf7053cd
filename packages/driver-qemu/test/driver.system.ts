import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { DomainState, ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkKvm } from '../src/capabilities/index.js';
import { boot, bootImage, guestXml, lifecycle, qemusOf, readUntil } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const DEFINED = '0/0';
const STARTED = '2/0';
const SUSPENDED = '3/0';
const RESUMED = '4/0';
const STOPPED_SHUTDOWN = '5/0';
const STOPPED_DESTROYED = '5/1';
const STOPPED_FAILED = '5/5';
const SHUTDOWN_GUEST = '6/1';
const SHUTDOWN_HOST = '6/2';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));

describe('URIs', () => {
  it.each([
    ['qemu:///embed?root=relative', ErrorCode.CONFIG_UNSUPPORTED, 'root path must be absolute'],
    ['qemu:///embed', ErrorCode.INVALID_ARG, 'root parameter required'],
    ['qemu:///other', ErrorCode.INTERNAL_ERROR, "unexpected qemu URI path '/other', try qemu:///s"],
  ])('%s is refused', async (uri, code, text) => {
    const { host } = await openHost(newRoot());
    await expect(host.open(uri)).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
  });
});

describe.skipIf(!hasQemu)(`driver-qemu (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  beforeAll(async () => {
    image = await bootImage(dir);
  });

  const define = (connect: Connect, name = 'guest', more = '', elements = '') =>
    connect.domainDefineXML(guestXml(name, { image, more, elements }));

  describe('a guest', () => {
    it('boots, talks, and tells how it lives and ends', async () => {
      const root = newRoot();
      const { connect } = await openHost(root);
      const events = await lifecycle(connect);
      const domain = await define(connect);
      const console = await boot(domain);
      expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: 5 });
      await console.send(Buffer.from('hello\r'));
      expect(await readUntil(console, '> ')).toContain('hello');
      await domain.suspend();
      expect(await domain.getState()).toEqual({ state: DomainState.PAUSED, reason: 1 });
      await domain.resume();
      await console.send(Buffer.from('off\r'));
      await until(() => events.includes(STOPPED_SHUTDOWN), 'the end');
      expect(events).toEqual([
        ...[DEFINED, STARTED, SUSPENDED, RESUMED, SUSPENDED, RESUMED],
        ...[SHUTDOWN_GUEST, STOPPED_SHUTDOWN],
      ]);
      expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 1 });
      expect(qemusOf(root)).toEqual([]);
      expect(readdirSync(join(root, 'lib/qemu'))).toEqual([]);
      expect(existsSync(join(root, 'run/qemu/guest.xml'))).toBe(false);
      expect(readFileSync(join(root, 'log/qemu/guest.log'), 'utf8')).toMatch(
        /starting up [^]*-name guest=guest[^]*shutting down, reason=shutdown/,
      );
    });

    it('shows what only a running one has, and its definition beside it', async () => {
      const { connect } = await openHost(newRoot());
      const domain = await define(connect, 'guest', `<graphics type='vnc' autoport='yes'/><interface type='user'/>`);
      const before = await domain.getXMLDesc();
      await domain.create();
      const live = await domain.getXMLDesc();
      expect(live).toMatch(/<domain type='qemu' id='\d+'>/);
      expect(live).toMatch(/<source path='\/dev\/pts\/\d+'\/>/);
      expect(live).toMatch(/<alias name='virtio-disk0'\/>/);
      expect(live).toMatch(/<graphics type='vnc' port='5\d{3}'/);
      const inactive = await domain.getXMLDesc(2);
      expect(inactive).toBe(before);
      await domain.destroy();
      expect(await domain.getXMLDesc()).toBe(before);
    });

    it('obeys the power button, for shutdown and for reboot', async () => {
      const { connect } = await openHost(newRoot());
      const events = await lifecycle(connect);
      let reboots = 0;
      await connect.domainEventRegisterAny(null, 1, () => reboots++);
      const domain = await define(connect);
      const console = await boot(domain);
      events.length = 0;
      await domain.reboot();
      expect(await readUntil(console, '\n> ')).toContain('virtkit guest');
      await until(() => reboots > 0, 'the reboot event');
      expect(events).toEqual([]);
      expect((await domain.getState()).state).toBe(DomainState.RUNNING);
      await domain.shutdown();
      await until(() => events.includes(STOPPED_SHUTDOWN), 'the end');
      expect(events).toEqual([SHUTDOWN_GUEST, STOPPED_SHUTDOWN]);
    });

    it('is reset', async () => {
      const { connect } = await openHost(newRoot());
      const domain = await define(connect);
      const console = await boot(domain);
      await domain.reset();
      expect(await readUntil(console, '\n> ')).toContain('virtkit guest');
    });

    it('starts again when that is its action on power off', async () => {
      const { connect } = await openHost(newRoot());
      const events = await lifecycle(connect);
      const domain = await define(connect, 'guest', '', '<on_poweroff>restart</on_poweroff>');
      const console = await boot(domain);
      await console.send(Buffer.from('off\r'));
      expect(await readUntil(console, '\n> ')).toContain('virtkit guest');
      expect(events).not.toContain(STOPPED_SHUTDOWN);
    });

    it('is destroyed, gracefully too', async () => {
      const root = newRoot();
      const { connect } = await openHost(root);
      const events = await lifecycle(connect);
      const domain = await define(connect);
      for (const flags of [0, 1]) {
        await domain.create();
        await domain.destroyFlags(flags);
        expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 2 });
      }
      expect(qemusOf(root)).toEqual([]);
      await until(() => events.length === 9, 'all events');
      const life = [RESUMED, STARTED, SHUTDOWN_HOST, STOPPED_DESTROYED];
      expect(events).toEqual([DEFINED, ...life, ...life]);
      await expect(domain.destroy()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    });

    it('that is killed is noticed within a second, and leaves nothing', async () => {
      const root = newRoot();
      const { connect } = await openHost(root);
      const events = await lifecycle(connect);
      const domain = await define(connect);
      const console = await boot(domain);
      const [pid = 0] = qemusOf(root);
      const killed = performance.now();
      process.kill(pid, 'SIGKILL');
      await until(() => events.includes(STOPPED_FAILED), 'the event', 1000);
      expect(performance.now() - killed).toBeLessThan(1000);
      expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 3 });
      expect(await domain.isActive()).toBe(false);
      expect(readdirSync(join(root, 'lib/qemu'))).toEqual([]);
      while ((await console.recv()) !== null);
      await domain.create();
      await domain.destroy();
    });

    it('that is transient is gone when it ends, and stays on when its definition goes', async () => {
      const { connect } = await openHost(newRoot());
      const transient = await connect.domainCreateXML(guestXml('t', { image }));
      expect(await transient.isPersistent()).toBe(false);
      await expect(transient.undefine()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
      await transient.destroy();
      await expect(connect.domainLookupByName('t')).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN });
      const domain = await define(connect, 'p');
      await domain.create();
      await domain.undefine();
      expect(await domain.isActive()).toBe(true);
      expect(await domain.isPersistent()).toBe(false);
      await domain.destroy();
      expect(await connect.listAllDomains()).toEqual([]);
    });

    it('with AUTODESTROY ends with its connection', async () => {
      const root = newRoot();
      const { host, connect } = await openHost(root);
      const uri = `qemu:///embed?root=${root}`;
      const other = await host.open(uri);
      await other.domainCreateXML(guestXml('t', { image }), 2);
      expect(await connect.listAllDomains()).toHaveLength(1);
      await other.close();
      expect(await connect.listAllDomains()).toEqual([]);
      expect(qemusOf(root)).toEqual([]);
    });

    it('has one console user at a time', async () => {
      const { connect } = await openHost(newRoot());
      const domain = await define(connect);
      const console = await boot(domain);
      await expect(domain.openConsole(null)).rejects.toMatchObject({
        code: ErrorCode.OPERATION_FAILED,
        detail: 'Active console session exists for this domain',
      });
      const forced = await domain.openConsole('serial0', 1);
      await expect(console.recv()).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
      await expect(domain.openConsole('nope')).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR });
      await forced.finish();
      await domain.destroy();
      await expect(domain.openConsole(null)).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    });

    it('talks over a unix socket too', async () => {
      const { connect } = await openHost(newRoot());
      const path = join(dir, 'serial.sock');
      const xml = guestXml('guest', { image }).replace(
        `<serial type='pty'/>`,
        `<serial type='unix'><source mode='bind' path='${path}'/></serial>`,
      );
      const domain = await connect.domainDefineXML(xml);
      const console = await boot(domain);
      await console.send(Buffer.from('socket\r'));
      expect(await readUntil(console, '\n> ')).toContain('socket');
    });

    it('gives figures, alone and in bulk', async () => {
      const { connect } = await openHost(newRoot());
      const domain = await define(connect);
      const idle = await define(connect, 'idle');
      await boot(domain);
      const stats = await connect.getAllDomainStats([], 0);
      const byName = new Map(
        stats.map(({ dom, params }) => [dom.name, new Map(params.map((p) => [p.field, p.value]))]),
      );
      expect(byName.get('idle')?.get('state.state')).toBe(DomainState.SHUTOFF);
      const running = byName.get('guest');
      expect(running?.get('state.state')).toBe(DomainState.RUNNING);
      expect(running?.get('cpu.time')).toBeGreaterThan(0n);
      expect(running?.get('balloon.current')).toBe(16384n);
      expect(running?.get('balloon.rss')).toBeGreaterThan(1000n);
      expect(running?.get('vcpu.0.time')).toBeGreaterThan(0n);
      expect(running?.get('block.0.name')).toBe('vda');
      expect(running?.get('block.0.rd.bytes')).toBe(512n);
      expect(running?.get('block.0.capacity')).toBe(1048576n);
      const memory = await domain.memoryStats();
      expect(memory.map(({ tag }) => tag)).toEqual(expect.arrayContaining([6, 7]));
      await expect(idle.memoryStats()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    });

    it('changes its memory for now and for later', async () => {
      const { connect } = await openHost(newRoot());
      const domain = await define(connect);
      await domain.create();
      await domain.setMemoryFlags(8192n, 2);
      expect(await domain.getXMLDesc(2)).toContain(`<currentMemory unit='KiB'>8192<`);
      expect((await domain.getInfo()).memory).toBe(16384n);
      await domain.setMemory(8192n);
      await expect(domain.setMemory(32768n)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
      await domain.destroy();
      expect((await domain.getInfo()).memory).toBe(8192n);
    });
  });

  describe('the host', () => {
    it('tells what it is and what guests it can run', async () => {
      const { connect } = await openHost(newRoot());
      const { cpus, memory } = await connect.nodeGetInfo();
      expect(cpus).toBeGreaterThan(0);
      expect(memory).toBeGreaterThan(100_000n);
      const capabilities = await connect.getCapabilities();
      expect(capabilities).toContain(`<emulator>${EMULATOR}</emulator>`);
      const domain = await connect.getDomainCapabilities(EMULATOR, 'x86_64', 'q35', 'qemu');
      expect(domain).toMatch(/<machine>pc-q35-/);
      // A KVM that cannot run guests is not offered.
      expect(capabilities.includes(`<domain type='kvm'/>`)).toBe((await checkKvm(EMULATOR)).usable);
      expect(await connect.nodeGetFreeMemory()).toBeGreaterThan(0n);
    });
  });

  describe('what cannot be', () => {
    it('leaves nothing behind', async () => {
      const root = newRoot();
      const { connect } = await openHost(root);
      const missing = await connect.domainDefineXML(guestXml('missing', { image: join(dir, 'none.img') }));
      await expect(missing.create()).rejects.toMatchObject({
        code: ErrorCode.SYSTEM_ERROR,
        message: expect.stringContaining(`Cannot access storage file '${join(dir, 'none.img')}'`) as string,
      });
      expect(await missing.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 6 });
      const unix = guestXml('unix', { image }).replace(
        `<serial type='pty'/>`,
        `<serial type='unix'><source mode='bind' path='/none/serial.sock'/></serial>`,
      );
      await expect(connect.domainCreateXML(unix)).rejects.toMatchObject({
        code: ErrorCode.INTERNAL_ERROR,
        message: expect.stringContaining('process exited while connecting to monitor') as string,
      });
      expect((await connect.listAllDomains()).map(({ name }) => name)).toEqual(['missing']);
      expect(qemusOf(root)).toEqual([]);
      expect(readdirSync(join(root, 'lib/qemu'))).toEqual([]);
      expect(readdirSync(join(root, 'run/qemu')).sort()).toEqual(['autostarted', 'driver.lock']);
    });

    it('is told in libvirt’s words', async () => {
      const { connect } = await openHost(newRoot());
      const domain = await define(connect);
      const invalid = { code: ErrorCode.OPERATION_INVALID, detail: 'domain is not running' };
      for (const call of [domain.suspend(), domain.resume(), domain.shutdown(), domain.reboot(), domain.reset()])
        await expect(call).rejects.toMatchObject(invalid);
      await expect(domain.createWithFlags(0x1000)).rejects.toMatchObject({
        code: ErrorCode.INVALID_ARG,
        message: 'unsupported flags (0x1000) in function qemuDomainCreateWithFlags',
      });
      await domain.create();
      await expect(domain.create()).rejects.toMatchObject({
        code: ErrorCode.OPERATION_INVALID,
        detail: 'domain is already running',
      });
      await expect(connect.domainCreateXML(await domain.getXMLDesc(2))).rejects.toMatchObject({
        code: ErrorCode.OPERATION_INVALID,
      });
      await expect(connect.domainLookupByID(4711)).rejects.toMatchObject({ code: ErrorCode.NO_DOMAIN });
    });

    it('is a second process with the same guests', async () => {
      const root = newRoot();
      await openHost(root);
      const { host } = await openHost(newRoot());
      await expect(host.open(`qemu:///embed?root=${root}`, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
        message: expect.stringContaining(`${process.pid}`) as string,
      });
    });
  });
});
