import { execFile, spawn } from 'node:child_process';
import { access, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DomainDef, TpmDef } from '@virtkit/core/conf';
import {
  ErrorCode,
  ErrorDomain,
  identifyProcess,
  LibvirtError,
  type ProcessIdentity,
  signalProcess,
  waitForProcessEnd,
} from '@virtkit/core/util';
import { listenForChild } from '../process/index.js';

const run = promisify(execFile);

/** The first free descriptor of a child, where it finds its listening control socket. */
const CONTROL_FD = 3;

/** Where the emulated TPM of a domain keeps what it must remember, and how it is run. */
export interface SwtpmPlace {
  /** Folder of all emulated TPMs; each domain has one below it that outlives its runs. */
  readonly stateRoot: string;
  /** Control socket that QEMU connects to. */
  readonly socket: string;
  readonly log: string;
  /** Environment of the process. */
  readonly env: Readonly<Record<string, string>>;
}

/** The emulated TPM of a domain; there is at most one. */
export function emulatedTpm({ devices }: DomainDef): TpmDef | undefined {
  return devices.tpm.find(({ backend }) => backend.type === 'emulator');
}

const stateOf = (stateRoot: string, uuid: string): string => join(stateRoot, uuid);

/** qemuTPMEmulatorCleanup: a domain that is gone needs no memory of its TPM, unless it says so or we are told to. */
export async function forgetTpm(stateRoot: string, def: DomainDef, { force = false } = {}): Promise<void> {
  const tpm = emulatedTpm(def);
  if (tpm?.backend.type !== 'emulator' || (tpm.backend.persistent_state === true && !force)) return;
  await rm(stateOf(stateRoot, def.uuid), { recursive: true, force: true });
}

/**
 * qemuTPMEmulatorStart: gives a domain's TPM its identity at its first start, and runs it. It listens already when this
 * returns, and ends by itself when QEMU's connection does. Raises CONFIG_UNSUPPORTED for a secret that it would need.
 */
export async function startSwtpm(def: DomainDef, tpm: TpmDef, place: SwtpmPlace): Promise<ProcessIdentity> {
  const { backend } = tpm;
  if (backend.type !== 'emulator') throw new TypeError('not an emulated TPM');
  if (backend.encryption !== undefined)
    throw new LibvirtError(
      ErrorCode.CONFIG_UNSUPPORTED,
      ErrorDomain.QEMU,
      `the state of the TPM of domain '${def.name}' cannot be encrypted: secrets do not reach the QEMU driver`,
    );
  const two = backend.version !== '1.2';
  const state = join(stateOf(place.stateRoot, def.uuid), two ? 'tpm2' : 'tpm1.2');
  await mkdir(state, { recursive: true, mode: 0o700 });
  await setUp(def, state, two, place);
  const control = await listenForChild(place.socket);
  const log = await open(place.log, 'a', 0o600);
  try {
    const argv = ['socket', '--ctrl', `type=unixio,fd=${CONTROL_FD}`, '--tpmstate', `dir=${state},mode=0600`];
    argv.push('--log', `file=${place.log}`, '--terminate', ...(two ? ['--tpm2'] : []));
    const child = spawn('swtpm', argv, {
      cwd: '/',
      detached: true,
      env: { ...process.env, ...place.env },
      stdio: ['ignore', log.fd, log.fd, control.fd],
    });
    const failure = new Promise<never>((_resolve, reject) => child.once('error', reject));
    failure.catch(() => undefined);
    if (child.pid === undefined) return await failure;
    child.unref();
    return identifyProcess(child.pid) ?? { pid: child.pid, startTime: '', bootId: '' };
  } catch (error) {
    throw missing('swtpm', error);
  } finally {
    await Promise.all([control.close(), log.close()]);
  }
}

/** Ends a TPM that QEMU does not use (any more). */
export async function endSwtpm(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, 'SIGTERM');
  if (await waitForProcessEnd(identity, performance.now() + 2000)) return;
  signalProcess(identity, 'SIGKILL');
  await waitForProcessEnd(identity, performance.now() + 2000);
}

/** A new TPM gets its keys and certificates; one that has them keeps them. */
async function setUp(def: DomainDef, state: string, two: boolean, { log, env }: SwtpmPlace): Promise<void> {
  if (await exists(join(state, two ? 'tpm2-00.permall' : 'tpm-00.permall'))) return;
  const options = [...(two ? ['--tpm2'] : []), '--tpm-state', state, '--vmid', `${def.name}:${def.uuid}`];
  options.push('--logfile', log, '--createek', '--create-ek-cert', '--create-platform-cert', '--lock-nvram');
  try {
    await run('swtpm_setup', [...options, '--not-overwrite'], { env: { ...process.env, ...env }, cwd: '/' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing('swtpm_setup', error);
    await rm(state, { recursive: true, force: true });
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.QEMU,
      `Could not run 'swtpm_setup' for domain '${def.name}'. Check ${log}`,
      { cause: error },
    );
  }
}

const missing = (program: string, cause: unknown): LibvirtError =>
  LibvirtError.system(ErrorDomain.QEMU, `unable to run '${program}': install it for emulated TPMs`, cause);

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
