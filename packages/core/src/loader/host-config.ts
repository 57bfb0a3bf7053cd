import { readFile } from 'node:fs/promises';
import { refuse } from './manifest.js';

/** One driver of a host, in the order in which they are asked. */
export interface DriverChoice {
  /** Name of the npm package, or an absolute path of its folder. */
  readonly package: string;
  /** Handed to the driver as it is (DRIVER_OPTIONS). */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** `virtkit.config.json`: which drivers a host has, and how URIs are chosen. */
export interface HostConfig {
  /** Drivers in order. Without it, all that are installed beside the host are found by their keyword. */
  readonly drivers?: readonly DriverChoice[];
  /** With discovery: only these packages may be loaded (names, or prefixes that end in `*`). */
  readonly allow?: readonly string[];
  /** The URI for connections that name none. */
  readonly defaultUri?: string;
  readonly uriAliases?: Readonly<Record<string, string>>;
}

export const CONFIG_FILE = 'virtkit.config.json';

/** Reads a configuration file; an absent one is empty, a broken one raises CONFIG_UNSUPPORTED with its path. */
export async function readHostConfig(file: string): Promise<HostConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw refuse(`cannot read ${file}: ${(error as Error).message}`, error);
  }
  try {
    return checkHostConfig(JSON.parse(text), file);
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse(`${file} is not JSON: ${error.message}`, error);
    throw error;
  }
}

/** Checks what came from outside; `source` is named in refusals. */
export function checkHostConfig(value: unknown, source: string): HostConfig {
  const bad = (what: string): never => {
    throw refuse(`${source}: ${what}`);
  };
  const isObject = (v: unknown): v is Record<string, unknown> =>
    typeof v === 'object' && v !== null && !Array.isArray(v);
  if (!isObject(value)) return bad('must hold a JSON object');
  const known = new Set(['drivers', 'allow', 'defaultUri', 'uriAliases', '$schema']);
  for (const key of Object.keys(value))
    if (!known.has(key)) bad(`unknown key "${key}": known are ${[...known].join(', ')}`);
  const config: { -readonly [K in keyof HostConfig]: HostConfig[K] } = {};
  if (value['drivers'] !== undefined) {
    if (!Array.isArray(value['drivers'])) return bad('"drivers" must be a list');
    config.drivers = value['drivers'].map((item: unknown, i): DriverChoice => {
      if (typeof item === 'string') return { package: item };
      if (!isObject(item) || typeof item['package'] !== 'string')
        return bad(`"drivers[${i}]" must be a package name, or { "package": …, "options": … }`);
      if (item['options'] !== undefined && !isObject(item['options']))
        return bad(`"drivers[${i}].options" must be an object`);
      return { package: item['package'], ...(isObject(item['options']) ? { options: item['options'] } : {}) };
    });
  }
  if (value['allow'] !== undefined) {
    const allow: unknown = value['allow'];
    if (!Array.isArray(allow) || !allow.every((item) => typeof item === 'string'))
      return bad('"allow" must be a list of package names');
    config.allow = allow as string[];
  }
  if (value['defaultUri'] !== undefined) {
    if (typeof value['defaultUri'] !== 'string') return bad('"defaultUri" must be a text');
    config.defaultUri = value['defaultUri'];
  }
  if (value['uriAliases'] !== undefined) {
    const aliases = value['uriAliases'];
    if (!isObject(aliases) || !Object.values(aliases).every((item) => typeof item === 'string'))
      return bad('"uriAliases" must map names to URIs');
    config.uriAliases = aliases as Record<string, string>;
  }
  return config;
}
