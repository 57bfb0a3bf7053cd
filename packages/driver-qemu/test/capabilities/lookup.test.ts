import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '@virtkit/core/util';
import {
  findEmulator,
  type FindProgram,
  lookupCaps,
  ProgramIndex,
  QemuCaps,
  type QemuCapsData,
  type QemuFlag,
  qemuGuestCapabilities,
} from '../../src/capabilities/index.js';

function fakeCaps(arch: string, flags: QemuFlag[]): QemuCaps {
  const machines = [
    { name: 'pc-2', alias: 'pc', maxCpus: 255, isDefault: true },
    { name: 'pc-1', maxCpus: 0, deprecated: true },
  ];
  const data: QemuCapsData = {
    binary: `/bin/qemu-system-${arch}`,
    binaryTime: 0,
    selfTime: 0,
    selfVersion: 0,
    version: 8_000_000,
    kvmVersion: 0,
    microcodeVersion: 0,
    package: '',
    arch,
    flags: new Set(flags),
    accelerators: { tcg: { machines }, ...(flags.includes('kvm') && { kvm: { machines } }) },
    gic: [],
  };
  return new QemuCaps(data);
}

const installed: Record<string, QemuCaps> = {
  '/bin/qemu-system-x86_64': fakeCaps('x86_64', ['kvm', 'tcg']),
  '/bin/qemu-system-ppc64': fakeCaps('ppc64', ['tcg']),
};

const find: FindProgram = (name) => {
  const path = name.startsWith('/') ? name : `/bin/${name}`;
  return Promise.resolve(path in installed ? path : undefined);
};

const asked: string[] = [];
const host = {
  host: 'x86_64',
  find,
  capsOf(emulator: string): Promise<QemuCaps> {
    asked.push(emulator);
    const caps = installed[emulator];
    return caps === undefined ? Promise.reject(new Error(`no ${emulator}`)) : Promise.resolve(caps);
  },
};

describe('emulators', () => {
  it('of another word size or byte order serve where there is none of the very name', async () => {
    expect(await findEmulator('i686', 'x86_64', find)).toBe('/bin/qemu-system-x86_64');
    expect(await findEmulator('ppc64le', 'x86_64', find)).toBe('/bin/qemu-system-ppc64');
    expect(await findEmulator('sparc', 'x86_64', find)).toBeUndefined();
  });

  it('that use the processor are preferred for 32-bit ARM on a 64-bit host', async () => {
    const both: FindProgram = (name) =>
      Promise.resolve(['qemu-system-arm', 'qemu-system-aarch64'].includes(name) ? `/bin/${name}` : undefined);
    expect(await findEmulator('armv7l', 'aarch64', both)).toBe('/bin/qemu-system-aarch64');
    expect(await findEmulator('armv7l', 'x86_64', both)).toBe('/bin/qemu-system-arm');
  });
});

describe('the index of programs', () => {
  it('finds what can be run, the first directory first, and sees what is installed later', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'virtkit-programs-'));
    try {
      const [a, b] = [join(dir, 'a'), join(dir, 'b')];
      for (const folder of [a, b]) mkdirSync(folder);
      writeFileSync(join(a, 'one'), '', { mode: 0o644 });
      writeFileSync(join(b, 'one'), '', { mode: 0o755 });
      const index = new ProgramIndex(`${a}:${b}:${join(dir, 'absent')}`);
      expect(await (await index.look())('one')).toBe(join(b, 'one'));
      expect(await (await index.look())('two')).toBeUndefined();
      writeFileSync(join(a, 'two'), '', { mode: 0o755 });
      expect(await (await index.look())('two')).toBe(join(a, 'two'));
      expect(await (await index.look())(join(b, 'one'))).toBe(join(b, 'one'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('looking up capabilities', () => {
  it('settles what was left open', async () => {
    const { subject } = await lookupCaps({}, host);
    expect(subject).toEqual({
      emulator: '/bin/qemu-system-x86_64',
      arch: 'x86_64',
      virtType: 'kvm',
      machine: 'pc-2',
    });
    expect((await lookupCaps({ machine: 'pc', virtType: 'qemu' }, host)).subject.machine).toBe('pc-2');
  });

  it.each([
    [{ virtType: 'sparkle' }, 'sparkle'],
    [{ arch: 'pdp11' }, 'pdp11'],
    [{ arch: 'sparc' }, 'sparc'],
    [{ emulator: '/bin/qemu-system-x86_64', arch: 's390x' }, 's390x'],
    [{ virtType: 'xen' }, 'xen'],
    [{ arch: 'ppc64', virtType: 'kvm' }, 'kvm'],
    [{ machine: 'nonsense' }, 'nonsense'],
  ])('refuses %j, and says what', async (query, word) => {
    await expect(lookupCaps(query, host)).rejects.toMatchObject({
      code: ErrorCode.INVALID_ARG,
      message: expect.stringContaining(word) as string,
    });
  });
});

describe('guests of a host', () => {
  it('are told for each architecture, the native emulator asked first and each once', async () => {
    asked.length = 0;
    const guests = await qemuGuestCapabilities({ ...host, parallel: 1 });
    expect(asked).toEqual(['/bin/qemu-system-x86_64', '/bin/qemu-system-ppc64']);
    expect(guests.map(({ arch }) => [arch.name, arch.wordsize, arch.domain.map(({ type }) => type)])).toEqual([
      ['i686', 32, ['qemu', 'kvm']],
      ['ppc64', 64, ['qemu']],
      ['ppc64le', 64, ['qemu']],
      ['x86_64', 64, ['qemu', 'kvm']],
    ]);
    expect(guests[0]?.arch.machine).toEqual([
      { maxCpus: 255, name: 'pc-2' },
      { canonical: 'pc-2', maxCpus: 255, name: 'pc' },
      { deprecated: true, name: 'pc-1' },
    ]);
    expect(guests[0]?.features).toMatchObject({ pae: true, acpi: { default: true, toggle: true } });
    expect(guests[1]?.features?.acpi).toBeUndefined();
  });

  it('leave out an emulator that cannot be probed', async () => {
    const failed: string[] = [];
    const guests = await qemuGuestCapabilities({
      ...host,
      capsOf: (emulator) => (emulator.includes('ppc') ? Promise.reject(new Error('broken')) : host.capsOf(emulator)),
      onFailure: (emulator) => failed.push(emulator),
    });
    expect(guests.map(({ arch }) => arch.name)).toEqual(['i686', 'x86_64']);
    expect(failed).toEqual(['/bin/qemu-system-ppc64']);
  });
});
