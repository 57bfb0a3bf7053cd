import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { writeBootImage } from '@virtkit/guest';

/** One thing that was looked at. `limited`: works, with less; `missing`: what needs it does not work. */
export interface Finding {
  readonly subject: string;
  readonly status: 'ok' | 'limited' | 'missing';
  readonly detail: string;
  readonly remedy?: string;
}

const run = promisify(execFile);
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter(
  (folder) => folder !== '',
);

/** Absolute path of a program, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

export function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return enough
    ? { subject: 'Node', status: 'ok', detail: `${process.version} on ${process.platform} ${process.arch}` }
    : {
        subject: 'Node',
        status: 'missing',
        detail: `${process.version} is too old`,
        remedy: 'install Node 20.19 or newer',
      };
}

/** All system emulators in PATH, with the version of the first. */
export async function emulatorFinding(): Promise<Finding> {
  const found = new Set<string>();
  for (const folder of FOLDERS)
    for (const name of await readdir(folder).catch(() => []))
      if (/^qemu-system-[a-z0-9_]+$/.test(name)) found.add(name);
  if (found.size === 0)
    return {
      subject: 'QEMU',
      status: 'missing',
      detail: 'no qemu-system-… program is in PATH',
      remedy: 'apt-get install qemu-system-x86',
    };
  const names = [...found].sort();
  const path = await findProgram(names.find((name) => name === nativeEmulator()) ?? names[0]!);
  const version = await run(path!, ['--version']).then(({ stdout }) => stdout.split('\n')[0] ?? '', String);
  return { subject: 'QEMU', status: 'ok', detail: `${version}: ${names.map((name) => name.slice(12)).join(', ')}` };
}

function nativeEmulator(): string {
  const machine: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ppc64: 'ppc64', s390x: 's390x' };
  return `qemu-system-${machine[process.arch] ?? process.arch}`;
}

export async function programFinding(
  subject: string,
  program: string,
  purpose: string,
  debian: string,
): Promise<Finding> {
  const path = await findProgram(program);
  return path === undefined
    ? {
        subject,
        status: 'limited',
        detail: `${program} is not installed: no ${purpose}`,
        remedy: `apt-get install ${debian}`,
      }
    : { subject, status: 'ok', detail: `${path} (${purpose})` };
}

/** Boots our guest on an accelerator; how long it took to speak, or why it did not. */
async function bootOn(
  accelerator: 'kvm' | 'tcg',
  patience: number,
): Promise<{ readonly milliseconds: number } | { readonly reason: string }> {
  const emulator = await findProgram('qemu-system-x86_64');
  if (emulator === undefined) return { reason: 'qemu-system-x86_64 is not installed' };
  const folder = await mkdtemp(join(tmpdir(), 'virtkit-doctor-'));
  try {
    const image = join(folder, 'guest.img');
    await writeBootImage(image);
    return await boot(emulator, accelerator, image, patience);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function boot(
  emulator: string,
  accelerator: string,
  image: string,
  patience: number,
): Promise<{ readonly milliseconds: number } | { readonly reason: string }> {
  const started = performance.now();
  const child = spawn(
    emulator,
    [
      ...['-machine', `pc,accel=${accelerator}`, '-m', '16', '-no-user-config', '-nodefaults', '-display', 'none'],
      ...['-serial', 'stdio', '-drive', `file=${image},format=raw,if=ide`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return new Promise((resolve) => {
    let complaint = '';
    const end = (result: { milliseconds: number } | { reason: string }): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(result);
    };
    const timer = setTimeout(() => end({ reason: `a guest did not boot within ${patience} ms` }), patience);
    child.stdout.once('data', () => end({ milliseconds: Math.round(performance.now() - started) }));
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    child.once('error', (error) => end({ reason: error.message }));
    child.once('close', () => end({ reason: complaint.trim().split('\n').at(-1) ?? 'QEMU ended' }));
  });
}

/** KVM counts only if it really runs a guest: /dev/kvm may be there and of no use in a virtual machine. */
export async function kvmFinding(): Promise<Finding> {
  const subject = 'KVM';
  if (process.platform !== 'linux') return { subject, status: 'limited', detail: 'Linux only: guests are emulated' };
  const problem = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (problem === 'ENOENT')
    return {
      subject,
      status: 'limited',
      detail: '/dev/kvm does not exist: guests are emulated, and slow',
      remedy: 'enable virtualization in the firmware and load kvm_intel or kvm_amd',
    };
  if (problem !== undefined)
    return {
      subject,
      status: 'limited',
      detail: `/dev/kvm cannot be opened (${problem}): guests are emulated, and slow`,
      remedy: `sudo usermod -aG kvm ${process.env['USER'] ?? '$USER'}, then log in again`,
    };
  // It takes a tenth of a second; where KVM has to emulate every instruction it takes seconds, longer than without.
  const result = await bootOn('kvm', 1500);
  return 'milliseconds' in result
    ? { subject, status: 'ok', detail: `runs guests (a boot sector spoke after ${result.milliseconds} ms)` }
    : { subject, status: 'limited', detail: `/dev/kvm is there but of no use (${result.reason}): guests are emulated` };
}

export async function emulationFinding(): Promise<Finding> {
  const subject = 'Emulation';
  const result = await bootOn('tcg', 15_000);
  return 'milliseconds' in result
    ? { subject, status: 'ok', detail: `runs guests (a boot sector spoke after ${result.milliseconds} ms)` }
    : { subject, status: 'missing', detail: result.reason, remedy: 'apt-get install qemu-system-x86' };
}

/** Whether this user may make namespaces, which containers and network tests live in. */
export async function namespaceFinding(): Promise<Finding> {
  const subject = 'Namespaces';
  const unshare = await findProgram('unshare');
  if (unshare === undefined)
    return {
      subject,
      status: 'limited',
      detail: 'unshare is not installed: no containers',
      remedy: 'apt-get install util-linux',
    };
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return run(unshare, [...user, '--net', '--pid', '--mount', '--fork', 'true']).then(
    () =>
      ({
        subject,
        status: 'ok',
        detail: user.length === 0 ? 'can be made' : 'can be made in a user namespace',
      }) as const,
    (error: Error) => ({
      subject,
      status: 'limited',
      detail: `cannot be made: no containers (${error.message.split('\n').at(-2) ?? error.message})`,
      remedy: 'run as root, or allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1)',
    }),
  );
}

export async function cgroupFinding(): Promise<Finding> {
  const subject = 'Control groups';
  const controllers = await readFile('/sys/fs/cgroup/cgroup.controllers', 'utf8').catch(() => undefined);
  if (controllers === undefined)
    return { subject, status: 'limited', detail: 'no cgroup v2 hierarchy at /sys/fs/cgroup: no resource limits' };
  const writable = await access('/sys/fs/cgroup/cgroup.subtree_control', constants.W_OK).then(
    () => true,
    () => false,
  );
  return {
    subject,
    status: writable ? 'ok' : 'limited',
    detail: `v2: ${controllers.trim()}${writable ? '' : ' (not writable for this user: no resource limits)'}`,
  };
}
