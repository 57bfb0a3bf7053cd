import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootSector, writeBootImage } from '../src/index.js';

describe('bootSector', () => {
  it('is one sector with the BIOS signature', () => {
    const sector = bootSector();
    expect(sector).toHaveLength(512);
    expect([...sector.subarray(510)]).toEqual([0x55, 0xaa]);
  });

  it('is a copy each time', () => {
    bootSector().fill(0);
    expect(bootSector()[0]).toBe(0xfa);
  });
});

const QEMU = 'qemu-system-x86_64';
const installed = spawnSync(QEMU, ['--version']).status === 0;

/** QEMU with the guest's serial port on its standard streams. */
class Guest {
  readonly exit: Promise<number | null>;
  text = '';
  #wake: (() => void) | undefined;

  constructor(readonly process: ChildProcess) {
    this.exit = new Promise((resolve) => process.once('exit', resolve));
    process.stdout?.on('data', (data: Buffer) => {
      this.text += data.toString('latin1');
      this.#wake?.();
    });
  }

  async read(until: string): Promise<string> {
    for (;;) {
      const end = this.text.indexOf(until);
      if (end >= 0) {
        const seen = this.text.slice(0, end + until.length);
        this.text = this.text.slice(end + until.length);
        return seen;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  type(text: string): void {
    this.process.stdin?.write(text, 'latin1');
  }
}

describe.skipIf(!installed)(`the guest in ${QEMU} (skipped when it is not installed)`, () => {
  let dir: string;
  const guests: Guest[] = [];
  const boot = (machine: string, ...more: string[]) => {
    const guest = new Guest(
      spawn(
        QEMU,
        [
          ...['-machine', `${machine},accel=tcg`, '-m', '16', '-nodefaults', '-no-user-config', '-display', 'none'],
          ...['-drive', `file=${join(dir, 'boot.img')},format=raw,if=none,id=disk`, '-device', 'virtio-blk,drive=disk'],
          ...['-serial', 'stdio', ...more],
        ],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      ),
    );
    guests.push(guest);
    return guest;
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'virtkit-guest-'));
    await writeBootImage(join(dir, 'boot.img'));
  });
  afterAll(async () => {
    for (const guest of guests) guest.process.kill('SIGKILL');
    await rm(dir, { recursive: true });
  });

  it('is written to a sparse image of whole sectors', async () => {
    expect((await stat(join(dir, 'boot.img'))).size).toBe(1_048_576);
    await expect(writeBootImage(join(dir, 'no.img'), { size: 512 })).rejects.toThrow(RangeError);
  });

  it.each(['pc', 'q35'])('says hello, echoes, corrects and powers off on %s', async (machine) => {
    const guest = boot(machine);
    expect(await guest.read('> ')).toContain('virtkit guest');
    guest.type('hullo\x7f\x7f\x7f\x7fello\r');
    expect(await guest.read('> ')).toContain('hullo\b \b\b \b\b \b\b \bello\r\n');
    guest.type('off\r');
    expect(await guest.read('bye')).toContain('off');
    expect(await guest.exit).toBe(0);
  });

  it('starts again on reboot', async () => {
    const guest = boot('pc');
    await guest.read('> ');
    guest.type('reboot\r');
    expect(await guest.read('> ')).toContain('virtkit guest');
    guest.type('off\r');
    expect(await guest.exit).toBe(0);
  });

  it.each(['pc', 'q35'])('obeys the power button on %s', async (machine) => {
    const socket = join(dir, `${machine}.qmp`);
    const guest = boot(machine, '-qmp', `unix:${socket},server=on,wait=off`);
    await guest.read('> ');
    const qmp = connect(socket);
    qmp.resume();
    qmp.on('error', () => undefined);
    qmp.write('{"execute": "qmp_capabilities"}{"execute": "system_powerdown"}');
    expect(await guest.read('bye')).toContain('power button');
    expect(await guest.exit).toBe(0);
  });
});
