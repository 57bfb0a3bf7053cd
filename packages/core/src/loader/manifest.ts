import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import { type DriverTable, SPI_VERSION } from '../driver/index.js';

/** What a driver package says of itself in package.json, readable without running it. */
export interface DriverManifest {
  /** The npm package. */
  readonly package: string;
  readonly version: string;
  /** Folder that holds its package.json. */
  readonly directory: string;
  readonly spi: string;
  readonly kind: 'hypervisor' | 'secondary';
  readonly name: string;
  /** Schemes of URIs that it serves; `*` serves any, and is asked last. */
  readonly uriSchemes: readonly string[];
  /** Secondary tables that it brings. */
  readonly provides: readonly DriverTable[];
  /** `own`: tables that it lacks stay absent; `shared`: the host fills them in. */
  readonly secondaries: 'own' | 'shared';
  /** Not asked for URIs that name a server. */
  readonly localOnly: boolean;
  /** Asked only for URIs that name a server or a transport. */
  readonly remoteOnly: boolean;
  /** Paths that the driver wants corrected, for example `qemu://system`, are recognised for these. */
  readonly paths: readonly string[];
}

const TABLES: readonly DriverTable[] = ['network', 'storage', 'interface', 'nodeDevice', 'nwfilter', 'secret'];

/**
 * Reads and checks the manifest of the package in `directory`. Raises CONFIG_UNSUPPORTED naming the package, what is
 * wrong, and the remedy.
 */
export function readManifest(directory: string): DriverManifest {
  const file = join(directory, 'package.json');
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw refuse(`cannot read ${file}: ${(cause as Error).message}`, cause);
  }
  const name = String(json['name'] ?? directory);
  const found = json['virtkit'];
  if (typeof found !== 'object' || found === null)
    throw refuse(`package ${name} is no virtkit driver: its package.json has no "virtkit" entry`);
  const entry = found as Record<string, unknown>;
  const text = (key: string): string => {
    const value = entry[key];
    if (typeof value === 'string' && value !== '') return value;
    throw refuse(`package ${name}: "virtkit.${key}" in its package.json must be a text`);
  };
  const list = (key: string): string[] => {
    const value = entry[key] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw refuse(`package ${name}: "virtkit.${key}" in its package.json must be a list of texts`);
  };
  const spi = text('spi');
  checkSpi(name, spi);
  const kind = text('kind');
  if (kind !== 'hypervisor' && kind !== 'secondary')
    throw refuse(`package ${name}: "virtkit.kind" must be "hypervisor" or "secondary", not "${kind}"`);
  const provides = list('provides');
  const unknown = provides.find((table) => !TABLES.includes(table as DriverTable));
  if (unknown !== undefined)
    throw refuse(`package ${name}: "virtkit.provides" names "${unknown}"; known are ${TABLES.join(', ')}`);
  return {
    package: name,
    version: String(json['version'] ?? '0.0.0'),
    directory,
    spi,
    kind,
    name: text('name'),
    uriSchemes: list('uriSchemes'),
    provides: provides as DriverTable[],
    secondaries: entry['secondaries'] === 'own' ? 'own' : 'shared',
    localOnly: entry['localOnly'] === true,
    remoteOnly: entry['remoteOnly'] === true,
    paths: list('paths'),
  };
}

/** Same major, and a minor that this host has too; else CONFIG_UNSUPPORTED. */
export function checkSpi(name: string, wanted: string): void {
  const [major, minor] = numbers(wanted);
  const [ourMajor, ourMinor] = numbers(SPI_VERSION);
  if (major === ourMajor && minor! <= ourMinor!) return;
  const remedy =
    Number.isNaN(major) || Number.isNaN(minor)
      ? 'its "virtkit.spi" must be "MAJOR.MINOR"'
      : major === ourMajor || major! > ourMajor!
        ? `update @virtkit/core to one that offers ${wanted}, or install an older ${name}`
        : `install a newer ${name}, written for contract ${ourMajor}.x`;
  throw refuse(`package ${name} wants driver contract ${wanted}, this host offers ${SPI_VERSION}: ${remedy}`);
}

function numbers(version: string): readonly number[] {
  const match = /^(\d+)\.(\d+)$/.exec(version);
  return match === null ? [Number.NaN, Number.NaN] : [Number(match[1]), Number(match[2])];
}

export function refuse(text: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.CONF, text, { cause });
}
