import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Connect, Domain, Stream } from '@virtkit/core';
import { identifyProcess, signalProcess, waitForProcessEnd } from '@virtkit/core/util';
import { writeBootImage } from '@virtkit/guest';
import { Cgroup, cgroupMounts, DEFAULT_PARTITION, scopeTag } from '../../src/cgroup/index.js';
import { EMULATOR } from './qemu.js';

export interface GuestOptions {
  readonly image: string;
  readonly machine?: string;
  readonly more?: string;
  readonly elements?: string;
}

/** The document of a guest that boots our boot sector. */
export function guestXml(name: string, { image, machine = 'pc', more = '', elements = '' }: GuestOptions): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>16</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='${machine}'>hvm</type></os>
  <features><acpi/></features>
  ${elements}
  <devices>
    <emulator>${EMULATOR}</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${image}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <serial type='pty'/>
    ${more}
  </devices>
</domain>`;
}

/** An image in `dir` that boots our boot sector. */
export async function bootImage(dir: string, name = 'boot.img'): Promise<string> {
  const path = join(dir, name);
  await writeBootImage(path);
  return path;
}

/** Events are delivered from the event loop: those of calls that have returned have come after a turn of it. */
export const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** The lifecycle events of a connection from now on, as `event/detail`. */
export async function lifecycle(connect: Connect): Promise<string[]> {
  const seen: string[] = [];
  await connect.domainEventRegisterAny(null, 0, ({ event, detail }: { event: number; detail: number }) => {
    seen.push(`${event}/${detail}`);
  });
  return seen;
}

const decoder = new TextDecoder('latin1');

/** Reads from a console until a text has come. */
export async function readUntil(stream: Stream, text: string): Promise<string> {
  let seen = '';
  while (!seen.includes(text)) {
    const data = await stream.recv();
    if (data === null) throw new Error(`the console ended after ${JSON.stringify(seen)}`);
    seen += decoder.decode(data);
  }
  return seen;
}

/** Starts a domain and returns its console after the guest's banner, which is not missed. */
export async function boot(domain: Domain): Promise<Stream> {
  await domain.createWithFlags(1);
  const stream = await domain.openConsole(null);
  await domain.resume();
  await readUntil(stream, '> ');
  return stream;
}

/** Pids of QEMU processes whose command line names a path below `root`. */
export function qemusOf(root: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.startsWith(EMULATOR) && `${environment}${command}`.includes(`${root}/`) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

/** Ends them, and waits until they have let go of their images; the next host would remove their control groups. */
export async function endQemusOf(root: string): Promise<void> {
  for (const pid of qemusOf(root)) {
    const identity = identifyProcess(pid);
    if (identity === undefined) continue;
    const group = groupOf(pid);
    signalProcess(identity, 'SIGKILL');
    await waitForProcessEnd(identity, performance.now() + 10_000);
    await group?.remove();
  }
}

/** What the groups of a host's guests end with, whose files are below `root`. */
const tagOf = (root: string): string => `.${scopeTag({ dirs: { run: join(root, 'run/qemu') } })}`;

/** Control groups of the guests of such a host. */
export function groupsOf(root: string): string[] {
  return [...cgroupMounts().values()]
    .map(({ path }) => join(path, DEFAULT_PARTITION))
    .filter((partition) => existsSync(partition))
    .flatMap((partition) => readdirSync(partition).map((name) => join(partition, name)))
    .filter((group) => group.endsWith(tagOf(root)));
}

/** Makes a group that no guest is in; undefined where there can be none. */
export async function lostGroup(root: string): Promise<Cgroup | undefined> {
  const mounts = cgroupMounts();
  if (mounts.size === 0 || process.getuid?.() !== 0) return undefined;
  const group = new Cgroup(mounts, join(DEFAULT_PARTITION, `qemu-9-lost${tagOf(root)}`));
  await group.create();
  return group;
}

/** The control group that a guest was put into. */
export function groupOf(pid: number): Cgroup | undefined {
  const path = /:(\/\S*\.virtkit-\w+)/.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1];
  return path === undefined ? undefined : new Cgroup(cgroupMounts(), path);
}
