import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/virtkit-test/kernel', import.meta.url));

/** A statically linked busybox for the guest's only program. */
export const BUSYBOX = ['/usr/bin/busybox', '/bin/busybox'].find(
  (path) => existsSync(path) && !readFileSync(path).includes('/lib64/ld-linux'),
);

/**
 * A Linux kernel for guests: $VIRTKIT_TEST_KERNEL, the host's own, or Debian's for the cloud, which is fetched once (without
 * being installed). A text says why there is none.
 */
export async function linuxKernel(): Promise<{ readonly path: string } | { readonly missing: string }> {
  const given = process.env.VIRTKIT_TEST_KERNEL;
  if (given !== undefined) return { path: given };
  for (const dir of ['/boot', CACHE]) {
    const [name] = existsSync(dir) ? readdirSync(dir).filter((file) => file.startsWith('vmlinuz')) : [];
    if (name !== undefined) return { path: join(dir, name) };
  }
  if (process.arch !== 'x64' || spawnSync('apt-get', ['--version']).status !== 0)
    return { missing: 'no kernel in /boot, none named by VIRTKIT_TEST_KERNEL, and no apt-get to fetch one' };
  try {
    return { path: await fetchKernel() };
  } catch (error) {
    return { missing: `a kernel could not be fetched: ${(error as Error).message.split('\n', 1)[0]}` };
  }
}

async function fetchKernel(): Promise<string> {
  const dir = join(tmpdir(), `virtkit-kernel-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  try {
    const { stdout } = await run('apt-cache', ['depends', 'linux-image-cloud-amd64']);
    const [, name] = /Depends: (linux-image-\S+)/.exec(stdout) ?? [];
    if (name === undefined) throw new Error('linux-image-cloud-amd64 is not known to apt: run apt-get update');
    await run('apt-get', ['download', '-qq', name], { cwd: dir, timeout: 60_000 });
    const [deb = ''] = readdirSync(dir).filter((file) => file.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', join(dir, deb), join(dir, 'tree')]);
    const [kernel = ''] = readdirSync(join(dir, 'tree/boot')).filter((file) => file.startsWith('vmlinuz'));
    mkdirSync(CACHE, { recursive: true });
    await run('cp', [join(dir, 'tree/boot', kernel), join(CACHE, `.${kernel}`)]);
    renameSync(join(CACHE, `.${kernel}`), join(CACHE, kernel));
    return join(CACHE, kernel);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** An initial file system: path, mode and content of each entry, as the kernel unpacks it (cpio, "newc"). */
export function initramfs(entries: readonly (readonly [path: string, mode: number, content: Uint8Array])[]): Buffer {
  const parts: Buffer[] = [];
  const padded = (data: Buffer) => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
  let inode = 1;
  for (const [path, mode, content] of [...entries, ['TRAILER!!!', 0, new Uint8Array()] as const]) {
    const name = Buffer.from(`${path}\0`);
    const fields = [inode++, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    parts.push(padded(Buffer.concat([Buffer.from(header), name])), padded(Buffer.from(content)));
  }
  return Buffer.concat(parts);
}
