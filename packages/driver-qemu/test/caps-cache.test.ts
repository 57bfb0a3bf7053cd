import { chmodSync, existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { CapsCache, kvmAccess } from '../src/capabilities/index.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
let serial = 0;

/** A program that counts its runs and then becomes QEMU, or does what `instead` says. */
function countingEmulator(instead = `exec ${EMULATOR} "$@"`) {
  const path = join(dir, `emulator-${++serial}`);
  writeFileSync(path, `#!/bin/sh\necho run >> ${path}.runs\n${instead}\n`);
  chmodSync(path, 0o755);
  const runs = () => (existsSync(`${path}.runs`) ? readFileSync(`${path}.runs`, 'utf8').split('\n').length - 1 : 0);
  return { path, runs };
}

const cache = (name: string) => new CapsCache(join(dir, name), (_name, run) => run({}));

describe('capabilities of an emulator that does not work', () => {
  it('are an error that names the missing binary', async () => {
    await expect(cache('none').get('/none/qemu')).rejects.toMatchObject({
      code: ErrorCode.SYSTEM_ERROR,
      detail: expect.stringContaining('Cannot check QEMU binary /none/qemu') as string,
    });
  });

  it('are an error that quotes it, and asked for again by the next call', async () => {
    const { path, runs } = countingEmulator('echo out of order >&2; exit 1');
    const caps = cache('broken');
    const failed = { code: ErrorCode.INTERNAL_ERROR, detail: expect.stringContaining('out of order') as string };
    await expect(caps.get(path)).rejects.toMatchObject(failed);
    const before = runs();
    await expect(caps.get(path)).rejects.toMatchObject(failed);
    expect(runs()).toBeGreaterThan(before);
  });
});

describe.skipIf(!hasQemu)(`the capability cache (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  it('probes once, also for many callers, and keeps the answer on disk until the binary changes', async () => {
    const { path, runs } = countingEmulator();
    const first = cache('kept');
    const [a, b] = await Promise.all([first.get(path), first.get(path)]);
    expect(a).toBe(b);
    expect(a.has('tcg')).toBe(true);
    expect(a.machine('qemu', 'q35')?.name).toMatch(/^pc-q35-/);
    const probed = runs();

    const again = await cache('kept').get(path);
    expect(runs()).toBe(probed);
    expect(again.data).toEqual(a.data);

    utimesSync(path, new Date(), new Date(1e12));
    await first.get(path);
    expect(runs()).toBeGreaterThan(probed);
    expect(readdirSync(join(dir, 'kept/capabilities'))).toHaveLength(1);
  });

  it('replaces what is unreadable', async () => {
    const { path, runs } = countingEmulator();
    await cache('spoilt').get(path);
    const probed = runs();
    const [file = ''] = readdirSync(join(dir, 'spoilt/capabilities'));
    writeFileSync(join(dir, 'spoilt/capabilities', file), '<qemuCaps>');
    expect((await cache('spoilt').get(path)).has('tcg')).toBe(true);
    expect(runs()).toBeGreaterThan(probed);
  });

  it('takes the word of QEMU for KVM, and knows besides whether a guest gets anywhere on it', async () => {
    const kept = cache('kvm');
    const caps = await kept.get(EMULATOR);
    expect(caps.has('kvm')).toBe((await kvmAccess()) === undefined);
    const kvm = await kept.kvm(EMULATOR);
    if (!kvm.usable) expect(kvm.reason).toMatch(/kvm/i);
    if (kvm.usable) expect(caps.has('kvm')).toBe(true);
  });
});
