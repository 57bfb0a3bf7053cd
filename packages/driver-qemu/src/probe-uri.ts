import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', ia32: 'i386', arm64: 'aarch64', ppc64: 'ppc64' };

/** virDrvConnectURIProbe: the URI for who names none, where an emulator of this machine's own kind is installed. */
export function probeUri(
  env: NodeJS.ProcessEnv = process.env,
  uid: number | undefined = process.getuid?.(),
): string | undefined {
  const program = `qemu-system-${MACHINES[process.arch] ?? process.arch}`;
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const installed = [...folders.map((folder) => join(folder, program)), '/usr/libexec/qemu-kvm'].some(existsSync);
  if (!installed) return undefined;
  return uid === 0 ? 'qemu:///system' : 'qemu:///session';
}
