import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { homedir, machine } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { archFromUname, type HostCpuDef } from '@virtkit/core/conf';
import { firmwareDirectories, loadFirmwareDescriptors } from '../firmware/index.js';
import type { DomainCapsHost } from './domain-capabilities.js';
import type { FindProgram } from './emulators.js';

/** The architecture of this host, by libvirt's names */
export const HOST_ARCH: string = archFromUname(machine());

/** Images that the settings name where no descriptor is for a machine */
const DEFAULT_LOADERS = [
  '/usr/share/OVMF/OVMF_CODE.fd',
  '/usr/share/OVMF/OVMF_CODE.secboot.fd',
  '/usr/share/AAVMF/AAVMF_CODE.fd',
  '/usr/share/AAVMF/AAVMF32_CODE.fd',
] as const;

export interface HostFactsOptions {
  privileged: boolean;
  find: FindProgram;
  /** The host's CPU, where somebody found out */
  cpu?: HostCpuDef | undefined;
}

/** Finds out what this host adds to a QEMU's capabilities. */
export async function readDomainCapsHost({ privileged, find, cpu }: HostFactsOptions): Promise<DomainCapsHost> {
  const configHome = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  const [firmware, loaders, vfio, swtpm] = await Promise.all([
    loadFirmwareDescriptors(firmwareDirectories({ privileged, configHome })),
    existing(DEFAULT_LOADERS),
    hasVfio(),
    swtpmVersions(find),
  ]);
  return {
    arch: HOST_ARCH,
    firmware,
    loaders,
    vfio,
    ...(cpu !== undefined && { cpu }),
    ...(swtpm !== undefined && { swtpm }),
  };
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

/** virTPMHasSwtpm and the versions it can set up; undefined where a part of it is missing */
async function swtpmVersions(find: FindProgram): Promise<string[] | undefined> {
  const [swtpm, setup, ioctl] = await Promise.all(SWTPM_PROGRAMS.map((name) => find(name)));
  if (swtpm === undefined || setup === undefined || ioctl === undefined) return undefined;
  const all = Object.entries(TPM_VERSIONS);
  try {
    const { stdout } = await promisify(execFile)(setup, ['--print-capabilities'], { timeout: 10_000 });
    const { features } = JSON.parse(stdout) as { features: string[] };
    const told = all.filter(([feature]) => features.includes(feature));
    // Versions before 0.7 do not say, and can do both.
    return (told.length > 0 ? told : all).map(([, version]) => version);
  } catch {
    return all.map(([, version]) => version);
  }
}
