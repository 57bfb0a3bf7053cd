import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DomainDef } from '@virtkit/core/conf';
import { DomainUndefineFlagsValues as Flags, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { operationInvalid } from '../errors.js';
import { variablesFile } from '../firmware/index.js';
import type { QemuHost } from '../host/qemu-host.js';
import { emulatedTpm, forgetTpm } from '../tpm/index.js';
import type { QemuDomain } from './domain.js';

/** The file of a domain's firmware variables, also where its place is left to us. */
function variablesOf(host: QemuHost, def: DomainDef): string | undefined {
  const own = variablesFile(def);
  return own ?? (def.os.firmware === 'efi' ? join(host.dirs.lib, 'nvram', `${def.name}_VARS.fd`) : undefined);
}

/**
 * What a domain that is undefined leaves on disk must be decided upon. Raises OPERATION_INVALID for flags that contradict
 * each other and for firmware variables of which nothing is said.
 */
export async function assertLeftoversDecided(host: QemuHost, domain: QemuDomain, flags: number): Promise<void> {
  const def = domain.persistentDef;
  exclude(flags, Flags.NVRAM, Flags.KEEP_NVRAM, 'nvram');
  exclude(flags, Flags.TPM, Flags.KEEP_TPM, 'TPM');
  if (domain.managedSave && (flags & Flags.MANAGED_SAVE) === 0)
    throw operationInvalid('Refusing to undefine while domain managed save image exists');
  if (!domain.active) {
    const { snapshots, checkpoints } = domain;
    if (snapshots.size > 0 && (flags & Flags.SNAPSHOTS_METADATA) === 0)
      throw operationInvalid(`cannot delete inactive domain with ${snapshots.size} snapshots`);
    if (checkpoints.size > 0 && (flags & Flags.CHECKPOINTS_METADATA) === 0)
      throw operationInvalid(`cannot delete inactive domain with ${checkpoints.size} checkpoints`);
  }
  const path = variablesOf(host, def);
  if (path === undefined || (flags & (Flags.NVRAM | Flags.KEEP_NVRAM)) !== 0) return;
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there)
    throw operationInvalid(
      `cannot undefine domain with nvram: ${path} holds its firmware variables; say whether to remove or to keep them`,
    );
}

function exclude(flags: number, remove: number, keep: number, what: string): void {
  if ((flags & remove) !== 0 && (flags & keep) !== 0) throw operationInvalid(`cannot both keep and delete ${what}`);
}

/** Removes what {@link assertLeftoversDecided} found to be unwanted. */
export async function removeLeftovers(host: QemuHost, def: DomainDef, flags: number): Promise<void> {
  const path = variablesOf(host, def);
  try {
    if (path !== undefined && (flags & Flags.NVRAM) !== 0) await rm(path, { force: true });
    if (emulatedTpm(def) !== undefined && (flags & Flags.KEEP_TPM) === 0)
      await forgetTpm(host.tpmDir, def, { force: (flags & Flags.TPM) !== 0 });
  } catch (error) {
    throw LibvirtError.system(ErrorDomain.QEMU, `domain '${def.name}' is undefined, but its files remain`, error);
  }
}
