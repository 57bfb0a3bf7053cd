import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { parseCapabilities, parseDomainCapabilities } from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { BriefMemory } from '../../src/capabilities/brief-memory.js';
import { endHostsAfterEach, openHost } from '../support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from '../support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const connection = async () => (await openHost(mkdtempSync(join(dir, 'root-')))).connect;

describe.skipIf(!hasQemu)(`capabilities of a connection (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  it('name this host and the guests of the installed emulators', async () => {
    const connect = await connection();
    const caps = parseCapabilities(await connect.getCapabilities());
    const guest = caps.guest.find(({ arch }) => arch.emulator === EMULATOR);
    expect(guest?.arch.machine.find(({ name }) => name === 'q35')?.canonical).toMatch(/^pc-q35-/);
    expect(guest?.arch.domain.map(({ type }) => type)).toContain('qemu');
    expect(caps.host.topology?.cells.cell.length).toBeGreaterThan(0);
  });

  it('tell what guests of a machine may have', async () => {
    const connect = await connection();
    const xml = await connect.getDomainCapabilities(EMULATOR, 'x86_64', 'q35', 'qemu');
    const caps = parseDomainCapabilities(xml);
    expect(caps.machine).toMatch(/^pc-q35-/);
    expect(caps.cpu.hostPassthrough.supported).toBe(false);
    expect(caps.devices.disk?.bus).toContain('virtio');
    expect(await connect.getDomainCapabilities(EMULATOR, 'x86_64', 'q35', 'qemu')).toBe(xml);
  });

  it.each([
    [[EMULATOR, 's390x', null, null], ErrorCode.INVALID_ARG],
    [[null, 'x86_64', 'nonsense', 'qemu'], ErrorCode.INVALID_ARG],
    [['/nonexistent/qemu', null, null, null], ErrorCode.SYSTEM_ERROR],
  ] as const)('refuse %j', async ([emulator, arch, machine, type], code) => {
    const connect = await connection();
    await expect(connect.getDomainCapabilities(emulator, arch, machine, type)).rejects.toMatchObject({ code });
  });

  it('list the CPU models of an architecture, whose driver must exist', async () => {
    const connect = await connection();
    expect(await connect.getCPUModelNames('x86_64')).toContain('EPYC');
    expect(await connect.getCPUModelNames('s390x')).toEqual([]);
    await expect(connect.getCPUModelNames('riscv64')).rejects.toMatchObject({ code: ErrorCode.NO_SUPPORT });
    await expect(connect.getCPUModelNames('pdp11')).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
  });
});

describe('a brief memory', () => {
  it('asks once while the answer is fresh, and again after a failure', async () => {
    const memory = new BriefMemory<number>();
    let asked = 0;
    const ask = () => Promise.resolve(++asked);
    expect([await memory.get('a', ask), await memory.get('a', ask), await memory.get('b', ask)]).toEqual([1, 1, 2]);
    await expect(memory.get('c', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await memory.get('c', ask)).toBe(3);
  });
});
