import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DomainDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** qemu.conf's `nvram`: what firmware that is described nowhere starts with. */
const TEMPLATES: Readonly<Record<string, string>> = {
  '/usr/share/OVMF/OVMF_CODE.fd': '/usr/share/OVMF/OVMF_VARS.fd',
  '/usr/share/OVMF/OVMF_CODE.secboot.fd': '/usr/share/OVMF/OVMF_VARS.fd',
  '/usr/share/AAVMF/AAVMF_CODE.fd': '/usr/share/AAVMF/AAVMF_VARS.fd',
  '/usr/share/AAVMF/AAVMF32_CODE.fd': '/usr/share/AAVMF/AAVMF32_VARS.fd',
};

/** The local file in which a domain's firmware keeps its variables, if it has one. */
export function variablesFile({ os }: DomainDef): string | undefined {
  const { nvram } = os;
  if (nvram?.type === 'path') return nvram.path;
  return nvram?.type === 'file' ? nvram.source?.file : undefined;
}

/**
 * qemuPrepareNVRAM: makes the file of a domain's firmware variables from its template, whole or not at all. One that is there
 * stays as it is, unless `reset`. Raises OPERATION_FAILED where there is no template, SYSTEM_ERROR where it cannot be copied.
 */
export async function prepareVariables(def: DomainDef, { reset = false }: { reset?: boolean } = {}): Promise<void> {
  const path = variablesFile(def);
  if (path === undefined || (!reset && (await exists(path)))) return;
  const template = def.os.nvram?.template ?? TEMPLATES[def.os.loader?.path ?? ''];
  if (template === undefined)
    throw new LibvirtError(
      ErrorCode.OPERATION_FAILED,
      ErrorDomain.QEMU,
      `unable to find any master var store for loader: ${def.os.loader?.path ?? 'none'}; name one in the 'template' of <nvram>`,
    );
  const partial = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await copyFile(template, partial, constants.COPYFILE_FICLONE);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw LibvirtError.system(
      ErrorDomain.QEMU,
      `unable to make the firmware variables ${path} of domain '${def.name}' from ${template}`,
      error,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw LibvirtError.system(ErrorDomain.QEMU, `cannot look for the firmware variables ${path}`, error);
  }
}
