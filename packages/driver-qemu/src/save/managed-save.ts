import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DomainCreateFlags as Create, DomainJobOperation, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { operationFailed, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { restoreDomain } from './restore-domain.js';
import { isWorthless, readImageFile } from './save-image.js';
import { saveDomain } from './save-domain.js';
import { parseSavedXml } from './saved-definition.js';

const SUFFIX = '.save';

/** Domains with a saved state are known from the start. */
export async function loadManagedSaves(host: QemuHost): Promise<void> {
  const dir = dirname(host.managedSavePath('x'));
  const files = new Set(await readdir(dir).catch(() => []));
  for (const domain of host.domains.all) domain.managedSave = files.has(domain.name + SUFFIX);
}

/** qemuDomainManagedSave, as a job of a domain that runs. */
export async function managedSave(
  host: QemuHost,
  domain: QemuDomain,
  { flags, xml = null }: { readonly flags: number; readonly xml?: string | null },
  signal: AbortSignal | undefined,
): Promise<void> {
  void domain.running;
  if (!domain.persistent) throw operationInvalid('cannot do managed save for transient domain');
  const path = host.managedSavePath(domain.name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.QEMU, `unable to create the directory ${dirname(path)}`, error);
  });
  await saveDomain(host, domain, { path, xml, flags }, signal);
  domain.managedSave = true;
}

/** Path of a domain's saved state. Raises OPERATION_INVALID where it has none. */
export function managedSaveOf(host: QemuHost, domain: QemuDomain): string {
  if (!domain.managedSave) throw operationInvalid('domain does not have managed save image');
  return host.managedSavePath(domain.name);
}

/** qemuDomainManagedSaveRemove: the next start is that of a machine switched on. */
export async function removeManagedSave(host: QemuHost, domain: QemuDomain): Promise<void> {
  const path = host.managedSavePath(domain.name);
  try {
    await rm(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') domain.managedSave = false;
    throw LibvirtError.system(ErrorDomain.QEMU, `Failed to remove managed save file '${path}'`, error);
  }
  domain.managedSave = false;
}

/**
 * The part of a start that concerns a saved state: with the flag that says so it is forgotten, else the guest goes on from it. False
 * when there is none, or one that was never finished: then the domain boots.
 */
export async function startFromManagedSave(
  host: QemuHost,
  domain: QemuDomain,
  flags: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!domain.managedSave) return false;
  const path = host.managedSavePath(domain.name);
  const forget = (flags & Create.START_FORCE_BOOT) !== 0;
  const missing = (error: unknown): boolean => LibvirtError.is(error) && systemCode(error) === 'ENOENT';
  try {
    if (forget || (await isWorthless(path))) {
      if (!forget)
        host.log.warning(`the saved state of domain '${domain.name}' was never finished and is removed: ${path}`);
      await removeManagedSave(host, domain);
      return false;
    }
  } catch (error) {
    if (!missing(error)) throw error;
    // Somebody else removed it.
    domain.managedSave = false;
    return false;
  }
  const image = await readImageFile(path).catch((error: unknown) => {
    if (!LibvirtError.is(error)) throw error;
    throw operationFailed(
      `${error.detail} (${path} holds the saved state of domain '${domain.name}': remove it, or start with the force-boot flag)`,
      error,
    );
  });
  const def = await parseSavedXml(host, image.xml);
  if (def.name !== domain.name || def.uuid !== domain.uuid)
    throw operationFailed(
      `cannot restore domain '${domain.name}' uuid ${domain.uuid} from a file which belongs to domain '${def.name}' uuid ${def.uuid}`,
    );
  const byCaller = (flags & Create.START_PAUSED) !== 0;
  const paused = byCaller || !image.header.running;
  await restoreDomain(
    host,
    domain,
    {
      path,
      image,
      def,
      bypassCache: (flags & Create.START_BYPASS_CACHE) !== 0,
      paused,
      pausedByCaller: byCaller,
      job: { operation: DomainJobOperation.RESTORE, resume: !paused, file: path },
    },
    signal,
  );
  // From here on the file is the past: a guest that starts from it again would undo what it has written since.
  await removeManagedSave(host, domain).catch((error: unknown) => host.log.error(String(error)));
  if (domain.live !== undefined) {
    domain.live.job = undefined;
    await host.saveStatus(domain);
  }
  return true;
}

function systemCode(error: LibvirtError): string | undefined {
  return (error.cause as NodeJS.ErrnoException | undefined)?.code;
}
