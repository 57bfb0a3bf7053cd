import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DomainCoreDumpFlags as Flags, DomainState, ErrorCode, KeycodeSet } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { boot, bootImage, guestXml, lifecycle, turn } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const headOf = (path: string) => readFileSync(path).toString('latin1', 0, 4);

describe.skipIf(!hasQemu)(`a guest's memory (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  beforeAll(async () => {
    image = await bootImage(dir);
  });

  it('is dumped whole or alone, and the guest goes on', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('d', { image }));
    await boot(domain);
    const seen = await lifecycle(connect);
    const core = join(dir, 'core');
    await domain.coreDump(core, 0);
    expect(headOf(core)).toBe('QEVM');
    expect(await domain.getState()).toEqual({ state: DomainState.RUNNING, reason: 5 });
    await turn();
    expect(seen).toEqual(['3/0', '4/0']);
    expect((await domain.getJobStats(1)).type).toBe(3);
    await domain.coreDump(core, Flags.LIVE);
    expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING });

    await domain.coreDump(core, Flags.MEMORY_ONLY);
    expect(headOf(core)).toBe('\x7fELF');
    expect(statSync(core).size).toBeGreaterThan(16 * 1024 * 1024);
    await domain.coreDumpWithFormat(core, 1, Flags.MEMORY_ONLY);
    expect(headOf(core)).toBe('make');
    await domain.suspend();
    await domain.coreDump(core, Flags.MEMORY_ONLY);
    expect(await domain.getState()).toEqual({ state: DomainState.PAUSED, reason: 1 });
    await domain.resume();
    await domain.coreDump(core, Flags.RESET);
    expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING });
    await turn();
    seen.length = 0;
    await domain.coreDump(core, Flags.CRASH);
    expect(await domain.getState()).toEqual({ state: DomainState.SHUTOFF, reason: 3 });
    await turn();
    expect(seen).toEqual(['3/0', '5/2']);
  });

  it('that cannot be dumped leaves the guest running, and no file', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('d', { image }));
    const core = join(dir, 'none');
    await expect(domain.coreDump(core, 0)).rejects.toMatchObject({
      code: ErrorCode.OPERATION_INVALID,
      detail: 'domain is not running',
    });
    await domain.create();
    const refused: [Promise<unknown>, number][] = [
      [domain.coreDumpWithFormat(core, 1, 0), ErrorCode.OPERATION_UNSUPPORTED],
      [domain.coreDumpWithFormat(core, 9, Flags.MEMORY_ONLY), ErrorCode.INVALID_ARG],
      // The guest has told no Windows of itself.
      [domain.coreDumpWithFormat(core, 4, Flags.MEMORY_ONLY), ErrorCode.OPERATION_FAILED],
      [domain.coreDump(core, Flags.MEMORY_ONLY | Flags.BYPASS_CACHE), ErrorCode.OPERATION_UNSUPPORTED],
      [domain.coreDump('/dev/full', Flags.MEMORY_ONLY), ErrorCode.OPERATION_FAILED],
      [domain.coreDump('/dev/full', 0), ErrorCode.OPERATION_FAILED],
      [domain.coreDump(join(dir, 'missing/core'), 0), ErrorCode.SYSTEM_ERROR],
    ];
    for (const [call, code] of refused) await expect(call).rejects.toMatchObject({ code });
    expect(existsSync(core)).toBe(false);
    expect(await domain.getState()).toMatchObject({ state: DomainState.RUNNING });
  });

  it('is not all that is asked for: keys and the interrupt that cannot be masked', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainCreateXML(guestXml('d', { image }));
    await domain.injectNMI();
    await domain.sendKey(KeycodeSet.LINUX, 10, [29, 56, 111], 0);
    await domain.sendKey(KeycodeSet.USB, 0, [4], 0);
    await expect(domain.sendKey(KeycodeSet.LINUX, 0, [], 0)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
    await expect(domain.sendKey(KeycodeSet.LINUX, 0, [700], 0)).rejects.toMatchObject({
      code: ErrorCode.INTERNAL_ERROR,
    });
    await expect(domain.sendKey(77, 0, [30], 0)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
  });

  it('does not migrate, and says what would be in the way', async () => {
    const { connect } = await openHost(newRoot());
    const domain = await connect.domainDefineXML(guestXml('d', { image }));
    const stopped = { code: ErrorCode.OPERATION_INVALID, detail: 'domain is not running' };
    expect(await domain.migrateGetMaxSpeed()).toBe(8_796_093_022_207n);
    await expect(domain.migrateGetMaxDowntime()).rejects.toMatchObject(stopped);
    await expect(domain.migrateStartPostCopy()).rejects.toMatchObject(stopped);
    await domain.migrateSetMaxSpeed(100n);
    expect(await domain.migrateGetMaxSpeed()).toBe(100n);
    await expect(domain.migrateSetMaxSpeed(1n << 62n)).rejects.toMatchObject({ code: ErrorCode.OVERFLOW });
    await domain.create();
    await domain.migrateSetMaxDowntime(500n);
    expect(await domain.migrateGetMaxDowntime()).toBe(500n);
    await domain.migrateSetCompressionCache(1n << 26n);
    expect(await domain.migrateGetCompressionCache()).toBe(1n << 26n);
    await expect(domain.migrateStartPostCopy()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
  });
});
