import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coreOf } from './discovery.js';
import type { DriverManifest } from './manifest.js';

/** Folder of this copy of the core. */
const OWN_CORE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What is doubtful about the core that a driver's package was made for, and about the one that it would import. */
export function peerWarnings({ package: name, directory }: DriverManifest): readonly string[] {
  const warnings: string[] = [];
  const core = coreOf(directory);
  if (core !== undefined && core !== OWN_CORE)
    warnings.push(
      `${name} brings a second copy of @virtkit/core (${core}; this host runs ${OWN_CORE}): make it a peer dependency`,
    );
  const peers = readPackage(directory)['peerDependencies'] as Record<string, string> | undefined;
  const wanted = peers?.['@virtkit/core'];
  const version = String(readPackage(OWN_CORE)['version']);
  if (wanted === undefined) warnings.push(`${name} does not name @virtkit/core as a peer dependency`);
  else if (!fits(version, wanted))
    warnings.push(`${name} was made for @virtkit/core ${wanted}, this host runs ${version}`);
  return warnings;
}

const readPackage = (directory: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>;

/** Whether the version is in the range; true for what is no range (workspaces, links). */
function fits(version: string, range: string): boolean {
  if (range.replace(/^[\^~]/, '') === version || /^(workspace|file|link):/.test(range)) return true;
  const semver = createRequire(import.meta.url)('semver') as typeof import('semver');
  return semver.validRange(range) === null || semver.satisfies(version, range);
}
