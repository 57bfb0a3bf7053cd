import { execFile } from 'node:child_process';
import { access, readdir, stat } from 'node:fs/promises';
import { homedir, machine } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { archFromUname } from '@virtkit/core/conf';
import { type FirmwareDescriptor, firmwareDirectories, loadFirmwareDescriptors } from '../firmware/index.js';
import { BriefMemory } from './brief-memory.js';
import type { DomainCapsHost } from './domain-capabilities.js';
import { findEmulator, type FindProgram, ProgramIndex } from './emulators.js';

/** The architecture of this host, by libvirt's names */
export const HOST_ARCH: string = archFromUname(machine());

/** Images that the settings name where no descriptor is for a machine */
const DEFAULT_LOADERS = [
  '/usr/share/OVMF/OVMF_CODE.fd',
  '/usr/share/OVMF/OVMF_CODE.secboot.fd',
  '/usr/share/AAVMF/AAVMF_CODE.fd',
  '/usr/share/AAVMF/AAVMF32_CODE.fd',
] as const;

/** What this host adds to the capabilities of a QEMU. */
export class HostFacts {
  readonly #programs = new ProgramIndex();
  readonly #privileged: boolean;
  readonly #recent = new BriefMemory<string[] | undefined>();
  readonly #emulators = new BriefMemory<string | undefined>();
  #swtpm: { setup: string; changed: bigint; versions: Promise<string[]> } | undefined;

  constructor({ privileged }: { privileged: boolean }) {
    this.#privileged = privileged;
  }

  /** A finder that sees $PATH as it is now. */
  programs(): Promise<FindProgram> {
    return this.#programs.look();
  }

  /** virQEMUCapsGetDefaultEmulator: the installed binary that runs guests of an architecture. */
  emulator(arch: string): Promise<string | undefined> {
    return this.#emulators.get(arch, async () => findEmulator(arch, HOST_ARCH, await this.programs()));
  }

  /** Descriptors of installed firmware, as they are now. */
  firmware(): Promise<FirmwareDescriptor[]> {
    const configHome = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
    return loadFirmwareDescriptors(firmwareDirectories({ privileged: this.#privileged, configHome }));
  }

  async read(): Promise<DomainCapsHost> {
    const [firmware, loaders, vfio, swtpm] = await Promise.all([
      this.firmware(),
      existing(DEFAULT_LOADERS),
      hasVfio(),
      this.swtpmVersions(),
    ]);
    return { arch: HOST_ARCH, firmware, loaders, vfio, ...(swtpm !== undefined && { swtpm }) };
  }

  /** virTPMHasSwtpm and the versions it can set up; undefined where a part of it is missing. It is asked once. */
  swtpmVersions(): Promise<string[] | undefined> {
    return this.#recent.get('swtpm', () => this.#lookForSwtpm());
  }

  async #lookForSwtpm(): Promise<string[] | undefined> {
    const find = await this.programs();
    const [swtpm, setup, ioctl] = await Promise.all(SWTPM_PROGRAMS.map((name) => find(name)));
    if (swtpm === undefined || setup === undefined || ioctl === undefined) return undefined;
    const { mtimeNs: changed } = await stat(setup, { bigint: true });
    if (this.#swtpm?.setup !== setup || this.#swtpm.changed !== changed) {
      this.#swtpm = { setup, changed, versions: askSwtpmSetup(setup) };
    }
    return this.#swtpm.versions;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => found[index]);
}

/** virHostdevHostSupportsPassthroughVFIO: there are IOMMU groups, and the device to take them with */
async function hasVfio(): Promise<boolean> {
  const groups = await readdir('/sys/kernel/iommu_groups').catch(() => []);
  return groups.length > 0 && (await exists('/dev/vfio/vfio'));
}

const SWTPM_PROGRAMS = ['swtpm', 'swtpm_setup', 'swtpm_ioctl'] as const;
const TPM_VERSIONS = { 'tpm-1.2': '1.2', 'tpm-2.0': '2.0' } as const;

async function askSwtpmSetup(setup: string): Promise<string[]> {
  const all = Object.entries(TPM_VERSIONS);
  try {
    const { stdout } = await promisify(execFile)(setup, ['--print-capabilities'], { timeout: 10_000 });
    const { features } = JSON.parse(stdout) as { features: string[] };
    const able = all.filter(([feature]) => features.includes(feature));
    // Versions before 0.7 do not say, and can do both.
    return (able.length > 0 ? able : all).map(([, version]) => version);
  } catch {
    return all.map(([, version]) => version);
  }
}
