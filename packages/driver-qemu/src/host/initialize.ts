import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DomainDef } from '@virtkit/core/conf';
import { LoopShare } from '@virtkit/core/util';
import { sweepGroups } from '../cgroup/index.js';
import { adoptDomain } from '../domain/adopt.js';
import { startDomain } from '../domain/start.js';
import { loadStatuses } from '../domain/status-store.js';
import { parseStoredDomain } from '../domain/xml.js';
import { loadMoments } from '../moments/metadata.js';
import { sweepIntents } from '../process/index.js';
import { recoverJob } from '../jobs/recover-job.js';
import { loadManagedSaves, startFromManagedSave } from '../save/managed-save.js';
import type { QemuHost } from './qemu-host.js';

/**
 * Brings a scope to life: what was left in the middle of a start is ended, definitions are read, guests that run are
 * taken over, and, once per boot, those marked for it are started. Nothing that concerns one domain is fatal for others.
 */
export async function initializeHost(host: QemuHost, signal?: AbortSignal): Promise<void> {
  const skip = (path: string, error: unknown) => host.definitions.skipped(path, error);
  const statuses = await loadStatuses(host.dirs.run, skip);
  const started = new Set(statuses.map(({ path }) => basename(path, '.xml')));
  for (const name of await sweepIntents(host.dirs.run, (name) => started.has(name)))
    host.log.info(`the start of '${name}' was undone: the host had died meanwhile`);

  await loadDefinitions(host);
  await Promise.all(
    statuses.map(async ({ path, status }) => {
      try {
        const { name, uuid } = status.def;
        const domain = host.domains.check(name, uuid) ?? host.domains.create(name, uuid, status.def);
        if (domain.persistent) domain.newDef = domain.def;
        domain.def = status.def;
        domain.id = status.def.id ?? -1;
        await adoptDomain(host, domain, status);
      } catch (error) {
        skip(path, error);
      }
    }),
  );
  const [snapshots, checkpoints] = await Promise.all([host.snapshots.domains(), host.checkpoints.domains()]);
  const moments = new Set([...snapshots, ...checkpoints]);
  await Promise.all(
    host.domains.all.filter(({ name }) => moments.has(name)).map((domain) => loadMoments(host, domain, skip)),
  );
  await loadManagedSaves(host);
  await Promise.all(host.domains.all.map((domain) => recoverJob(host, domain)));
  await removeStaleDirectories(host);
  const groups = await Promise.all(host.domains.all.map(async ({ live }) => live?.cgroup));
  await sweepGroups(
    host,
    groups.filter((group) => group !== undefined),
  );
  await autostart(host, signal);
  void readDefinitions(host);
}

/**
 * Reads what was put off, while others have their turns: a domain whose definition turns out to be broken is none.
 */
async function readDefinitions(host: QemuHost): Promise<void> {
  const share = new LoopShare();
  for (const domain of host.domains.all) {
    try {
      // Asked for so that it is read.
      void domain.def;
    } catch (error) {
      host.domains.remove(domain);
      host.definitions.skipped(host.definitions.path(domain.name), error);
    }
    if (share.used) await share.next();
  }
}

/** Directories of runs that nobody finished: those of guests that run belong to them. */
async function removeStaleDirectories(host: QemuHost): Promise<void> {
  const used = new Set(host.domains.all.map(({ live }) => live?.dir));
  for (const name of await readdir(host.dirs.lib)) {
    const dir = join(host.dirs.lib, name);
    if (/^domain-\d+-/.test(name) && !used.has(dir)) await rm(dir, { recursive: true, force: true });
  }
}

/** Reads the definitions anew: new ones are added, changed ones replaced. What runs goes on, and nothing is forgotten. */
export async function reloadHost(host: QemuHost): Promise<void> {
  for await (const { path, base: name, text, autostart: autostarts } of host.definitions.files()) {
    try {
      const def = parseStoredDomain(text);
      if (def.name !== name) throw new Error(`it defines a domain named '${def.name}'`);
      const domain = host.domains.check(name, def.uuid) ?? host.domains.create(name, def.uuid, def);
      await domain.jobs.run('reload', () => {
        if (domain.active) domain.newDef = def;
        else domain.def = def;
        domain.persistent = true;
        domain.autostart = autostarts;
      });
    } catch (error) {
      host.definitions.skipped(path, error);
    }
  }
}

/** Name and UUID in a document as we write it; undefined where it has to be read to find them. */
function identityIn(xml: string): { readonly name: string; readonly uuid: string } | undefined {
  const found = /^<domain [^>]*>\n  <name>([^<&]+)<\/name>\n  <uuid>([0-9a-f-]{36})<\/uuid>$/m.exec(xml);
  return found === null ? undefined : { name: found[1]!, uuid: found[2]! };
}

async function loadDefinitions(host: QemuHost): Promise<void> {
  for await (const { path, base: name, text, autostart: autostarts } of host.definitions.files()) {
    try {
      const identity = identityIn(text);
      const def = identity === undefined ? parseStoredDomain(text) : () => parseStoredDomain(text);
      const found = identity ?? (def as DomainDef);
      if (found.name !== name) throw new Error(`it defines a domain named '${found.name}'`);
      host.domains.check(name, found.uuid);
      const domain = host.domains.create(name, found.uuid, def);
      domain.persistent = true;
      domain.autostart = autostarts;
    } catch (error) {
      host.definitions.skipped(path, error);
    }
  }
}

/** The run directory is empty after a boot: the mark in it tells that this boot has had its autostart. */
async function autostart(host: QemuHost, signal: AbortSignal | undefined): Promise<void> {
  const mark = join(host.dirs.run, 'autostarted');
  try {
    await writeFile(mark, '', { flag: 'wx', mode: 0o600 });
  } catch {
    return;
  }
  const wanted = host.domains.all.filter((domain) => domain.autostart && !domain.active);
  await Promise.all(
    wanted.map((domain) =>
      domain.jobs
        .run('autostart', async () => {
          if (!(await startFromManagedSave(host, domain, 0, signal)))
            await startDomain(host, domain, { paused: false, signal });
        })
        .catch((error: unknown) => host.log.error(`failed to autostart domain '${domain.name}': ${String(error)}`)),
    ),
  );
  if (signal?.aborted) await rm(mark, { force: true });
}
