import { readFile } from 'node:fs/promises';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { type ConfSetting, type ConfValue, parseConf } from './conf-syntax.js';
import { IGNORED_SETTINGS, SETTINGS, type SettingName, type SettingSpec } from './settings.js';

type Kinds = { text: string; mode: string; number: number; switch: boolean; list: readonly string[] };
type Given<S> = S extends { kind: infer K extends keyof Kinds; initial: infer I }
  ? I extends undefined
    ? Kinds[K] | undefined
    : Kinds[K]
  : never;

/** virtkitd.conf, every setting with its value. */
export type DaemonConfig = { readonly [N in SettingName]: Given<(typeof SETTINGS)[N]> };

export interface LoadedConfig {
  readonly config: DaemonConfig;
  /** What was read but means nothing. */
  readonly notes: readonly string[];
}

/** Reads a configuration file. An absent one gives the defaults unless it was asked for by name. */
export async function readConfig(file: string, required: boolean): Promise<LoadedConfig> {
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const remedy = absent
      ? "'virtkitd --print-config' writes one to begin with; without any the defaults hold"
      : undefined;
    if (required || !absent)
      throw LibvirtError.system(ErrorDomain.CONF, `cannot read the configuration ${file}`, error, remedy);
  }
  return checkConfig(parseConf(text, file), file);
}

/** Checks all settings and reports everything that is wrong at once (CONF_SYNTAX). */
export function checkConfig(settings: readonly ConfSetting[], file: string): LoadedConfig {
  const problems: string[] = [];
  const notes: string[] = [];
  const values = new Map<string, unknown>(
    Object.entries(SETTINGS as Readonly<Record<string, SettingSpec>>).map(([name, spec]) => [
      name,
      spec.initial === undefined ? undefined : convert(spec, spec.initial),
    ]),
  );
  for (const { key, value, line } of settings) {
    const where = `${file}:${line}: ${key}`;
    if (IGNORED_SETTINGS.has(key)) {
      notes.push(`${where} means nothing to virtkitd`);
      continue;
    }
    const spec = (SETTINGS as Readonly<Record<string, SettingSpec>>)[key];
    if (spec === undefined) {
      problems.push(`${where} is no setting${similar(key)}`);
      continue;
    }
    const problem = problemOf(spec, value);
    if (problem !== undefined) problems.push(`${where} ${problem}`);
    else values.set(key, convert(spec, value));
  }
  if (problems.length > 0) throw new LibvirtError(ErrorCode.CONF_SYNTAX, ErrorDomain.CONF, problems.join('\n'));
  return { config: Object.fromEntries(values) as DaemonConfig, notes };
}

function problemOf(spec: SettingSpec, value: ConfValue): string | undefined {
  switch (spec.kind) {
    case 'number':
      if (typeof value !== 'number') return 'must be a number without quotes';
      return value < (spec.min ?? 0) ? `must be at least ${spec.min ?? 0}` : undefined;
    case 'switch':
      return value === 0 || value === 1 ? undefined : 'must be 0 or 1';
    case 'list':
      return Array.isArray(value) ? undefined : 'must be a list: [ "…" ]';
    case 'mode':
      return typeof value === 'string' && /^[0-7]{3,4}$/.test(value)
        ? undefined
        : 'must be an octal mode in quotes, as "0770"';
    case 'text':
      if (typeof value !== 'string') return 'must be text in quotes';
      return spec.oneOf === undefined || spec.oneOf.includes(value)
        ? undefined
        : `must be one of ${spec.oneOf.join(', ')}; "${value}" is not offered`;
  }
}

const convert = (spec: SettingSpec, value: ConfValue): unknown => (spec.kind === 'switch' ? value === 1 : value);

/** A known setting that differs in a letter or two. */
function similar(key: string): string {
  const close = Object.keys(SETTINGS).find((name) => distance(name, key) <= 2);
  return close === undefined ? '' : `: is ${close} meant?`;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
