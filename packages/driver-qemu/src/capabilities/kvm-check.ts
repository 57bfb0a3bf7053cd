import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

/** Whether guests can run on KVM here; `reason` says why not. */
export type KvmState = { readonly usable: true } | { readonly usable: false; readonly reason: string };

const DEVICE = '/dev/kvm';
/** A firmware that gets to its end takes a tenth of a second; where KVM has to emulate every instruction it takes seconds. */
const PATIENCE = 1500;

/** Whether we may open /dev/kvm: undefined when we may, else the error's name (ENOENT, EACCES). */
export async function kvmAccess(): Promise<string | undefined> {
  try {
    await access(DEVICE, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}

/**
 * Finds out whether a guest can really run on KVM, for /dev/kvm may be there and yet useless (inside a virtual machine
 * that does not nest): lets `emulator`'s firmware run on a machine without disks until it says that it cannot boot.
 */
export async function checkKvm(
  emulator: string,
  { env = {}, signal }: { env?: Readonly<Record<string, string>>; signal?: AbortSignal | undefined } = {},
): Promise<KvmState> {
  const refused = await kvmAccess();
  if (refused === 'ENOENT')
    return {
      usable: false,
      reason: `${DEVICE} does not exist: the CPU has no virtualization, it is switched off in the firmware, or the module kvm is not loaded`,
    };
  if (refused !== undefined)
    return {
      usable: false,
      reason: `cannot open ${DEVICE} (${refused}): add the user to the group that owns it, usually kvm`,
    };
  const child = spawn(
    emulator,
    [
      ...['-machine', 'pc,accel=kvm', '-cpu', 'host', '-m', '16', '-no-user-config', '-nodefaults', '-display', 'none'],
      ...['-chardev', 'stdio,id=log', '-device', 'isa-debugcon,iobase=0x402,chardev=log'],
    ],
    { cwd: '/', env: { LC_ALL: 'C', PATH: process.env.PATH ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return new Promise((resolve) => {
    let log = '';
    let said = '';
    let state: KvmState | undefined;
    const finish = (found: KvmState) => {
      state ??= found;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(
      () =>
        finish({
          usable: false,
          reason: `a guest on KVM did not get through its firmware within ${PATIENCE} ms: ${DEVICE} exists, but this machine cannot run guests on it at useful speed`,
        }),
      PATIENCE,
    );
    const abort = () => finish({ usable: false, reason: 'the check was given up' });
    signal?.addEventListener('abort', abort, { once: true });
    child.stdout.on('data', (data: Buffer) => {
      log += data.toString('latin1');
      if (log.includes('No bootable device')) finish({ usable: true });
    });
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ usable: false, reason: `cannot run ${emulator}: ${error.message}` });
    });
    child.once('close', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve(state ?? { usable: false, reason: `QEMU cannot use KVM: ${said.trim() || 'it ended without a word'}` });
    });
  });
}
