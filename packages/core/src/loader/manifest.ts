import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import { type DriverTable, SPI_VERSION } from '../driver/index.js';

/** The entry "virtkit" in a driver's package.json, which can be read without running it. */
export interface DriverEntry {
  /** The contract that it was written for. */
  readonly spi: string;
  readonly kind: 'hypervisor' | 'secondary';
  readonly name: string;
  /** Schemes of URIs that it serves; `*` serves any, and is asked last. */
  readonly uriSchemes?: readonly string[];
  /** Secondary tables that it brings. */
  readonly provides?: readonly DriverTable[];
  /** `own`: tables that it lacks stay absent; `shared`, the default: the host fills them in. */
  readonly secondaries?: 'own' | 'shared';
  /** Not asked for URIs that name a server. */
  readonly localOnly?: boolean;
  /** Asked only for URIs that name a server or a transport. */
  readonly remoteOnly?: boolean;
}

/** A driver package as its package.json describes it. */
export interface DriverManifest extends Required<DriverEntry> {
  /** The npm package. */
  readonly package: string;
  readonly version: string;
  /** Folder that holds its package.json. */
  readonly directory: string;
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
  const entry = json['virtkit'];
  if (typeof entry !== 'object' || entry === null)
    throw refuse(`package ${name} is no virtkit driver: its package.json has no "virtkit" entry`);
  return checkEntry(entry, { package: name, version: String(json['version'] ?? '0.0.0'), directory });
}

/** Checks an entry and fills in what it leaves out. Raises CONFIG_UNSUPPORTED as {@link readManifest} does. */
export function checkEntry(
  given: object,
  where: Pick<DriverManifest, 'package' | 'version' | 'directory'>,
): DriverManifest {
  const entry = given as Readonly<Record<string, unknown>>;
  const { package: name } = where;
  const bad = (key: string, wanted: string): LibvirtError =>
    refuse(
      `package ${name}: "virtkit.${key}" in its package.json must be ${wanted}, not ${JSON.stringify(entry[key])}`,
    );
  const text = (key: string): string => {
    const value = entry[key];
    if (typeof value === 'string' && value !== '') return value;
    throw bad(key, 'a text');
  };
  const list = (key: string): string[] => {
    const value = entry[key] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw bad(key, 'a list of texts');
  };
  const oneOf = <T extends string>(key: string, words: readonly [T, ...T[]], fallback?: T): T => {
    const value = entry[key] ?? fallback;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw bad(key, words.map((word) => `"${word}"`).join(' or '));
  };
  const yes = (key: string): boolean => {
    const value = entry[key] ?? false;
    if (typeof value === 'boolean') return value;
    throw bad(key, 'true or false');
  };
  const spi = text('spi');
  checkSpi(name, spi);
  const provides = list('provides');
  const unknown = provides.find((table) => !TABLES.includes(table as DriverTable));
  if (unknown !== undefined)
    throw refuse(`package ${name}: "virtkit.provides" names "${unknown}"; known are ${TABLES.join(', ')}`);
  return {
    ...where,
    spi,
    kind: oneOf('kind', ['hypervisor', 'secondary']),
    name: text('name'),
    uriSchemes: list('uriSchemes'),
    provides: provides as DriverTable[],
    secondaries: oneOf('secondaries', ['shared', 'own'], 'shared'),
    localOnly: yes('localOnly'),
    remoteOnly: yes('remoteOnly'),
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
