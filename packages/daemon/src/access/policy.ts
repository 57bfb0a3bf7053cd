import {
  type AccessManager,
  type AccessSubject,
  ErrorCode,
  ErrorDomain,
  type Identity,
  LibvirtError,
} from '@virtkit/core';
import { matchesAny } from '../server/x509-name.js';

type Pattern = string | number | boolean | readonly (string | number)[];

/** One rule of a policy: the first whose conditions all hold and that names the permission decides. */
export interface PolicyRule {
  /** Properties of the caller, as patterns: uid, gid, userName, groupName, saslUser, x509Name, readOnly. */
  readonly who?: Readonly<Partial<Record<keyof Identity, Pattern>>>;
  /** Drivers of the connection. */
  readonly driver?: Pattern;
  /** Properties of the object, as patterns: name, uuid, pool, key, usageID, …. */
  readonly on?: Readonly<Record<string, Pattern>>;
  /** `object:permission`, with `*` for either. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

export interface PolicyFile {
  readonly rules: readonly PolicyRule[];
  /** What holds where no rule decides; default deny. */
  readonly default?: 'allow' | 'deny';
}

/** An access policy read from a file. The host's own calls are always allowed. */
export class AccessPolicy implements AccessManager {
  #policy: PolicyFile;

  constructor(policy: PolicyFile) {
    this.#policy = policy;
  }

  /** Takes the rules of another policy into use, for connections that are open as well. */
  replace(policy: PolicyFile): void {
    this.#policy = policy;
  }

  check(identity: Identity, subject: AccessSubject): boolean {
    if (identity.system === true) return true;
    const wanted = `${subject.object}:${subject.permission}`;
    for (const rule of this.#policy.rules) {
      if (!holds(rule, identity, subject)) continue;
      if (rule.deny !== undefined && matchesAny(wanted, rule.deny)) return false;
      if (rule.allow !== undefined && matchesAny(wanted, rule.allow)) return true;
    }
    return this.#policy.default === 'allow';
  }
}

function holds(rule: PolicyRule, identity: Identity, subject: AccessSubject): boolean {
  for (const [property, pattern] of Object.entries(rule.who ?? {}))
    if (!matches(identity[property as keyof Identity] ?? (property === 'readOnly' ? false : undefined), pattern))
      return false;
  if (rule.driver !== undefined && !matches(subject.driver, rule.driver)) return false;
  if (rule.on === undefined) return true;
  const object = subject.ref;
  return (
    object !== undefined && Object.entries(rule.on).every(([property, pattern]) => matches(object[property], pattern))
  );
}

function matches(value: unknown, pattern: Pattern): boolean {
  if (value === undefined || value === null || typeof value === 'object') return false;
  if (typeof pattern === 'boolean') return value === pattern;
  const patterns = (Array.isArray(pattern) ? pattern : [pattern]) as readonly (string | number)[];
  return patterns.some((one) =>
    typeof one === 'number' ? value === one : matchesAny(`${value as string | number}`, [one]),
  );
}

const RULE_KEYS = new Set(['who', 'driver', 'on', 'allow', 'deny', 'comment']);
const WHO_KEYS = new Set([
  'uid',
  'gid',
  'pid',
  'userName',
  'groupName',
  'saslUser',
  'x509Name',
  'selinuxContext',
  'readOnly',
]);

/** Reads a policy: JSON with `//` comments. Raises CONF_SYNTAX with everything that is wrong. */
export function parsePolicy(text: string, file: string): PolicyFile {
  let value: unknown;
  try {
    value = JSON.parse(withoutComments(text));
  } catch (error) {
    throw new LibvirtError(ErrorCode.CONF_SYNTAX, ErrorDomain.CONF, `${file}: not JSON: ${(error as Error).message}`);
  }
  const problems: string[] = [];
  const policy = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  for (const key of Object.keys(policy))
    if (key !== 'rules' && key !== 'default') problems.push(`"${key}" is not known: "rules" and "default" are`);
  if (![undefined, 'allow', 'deny'].includes(policy['default'] as string))
    problems.push('"default" must be "allow" or "deny"');
  if (!Array.isArray(policy['rules'])) problems.push('"rules" must be a list');
  else policy['rules'].forEach((rule, index) => problems.push(...problemsOf(rule, `rule ${index + 1}`)));
  if (problems.length > 0)
    throw new LibvirtError(
      ErrorCode.CONF_SYNTAX,
      ErrorDomain.CONF,
      problems.map((problem) => `${file}: ${problem}`).join('\n'),
    );
  return value as PolicyFile;
}

function problemsOf(rule: unknown, where: string): string[] {
  if (typeof rule !== 'object' || rule === null) return [`${where} must be an object`];
  const problems: string[] = [];
  const entries = rule as Record<string, unknown>;
  for (const key of Object.keys(entries))
    if (!RULE_KEYS.has(key)) problems.push(`${where}: "${key}" is not known: ${[...RULE_KEYS].join(', ')} are`);
  for (const key of Object.keys((entries['who'] as object | undefined) ?? {}))
    if (!WHO_KEYS.has(key)) problems.push(`${where}: "who" has no "${key}": ${[...WHO_KEYS].join(', ')} are known`);
  for (const key of ['allow', 'deny'])
    for (const permission of (entries[key] as unknown[] | undefined) ?? [])
      if (typeof permission !== 'string' || !(permission === '*' || /^[a-z_*]+:[a-z_*]+$/.test(permission)))
        problems.push(`${where}: "${String(permission)}" is no permission: "object:permission" is expected`);
  if (entries['allow'] === undefined && entries['deny'] === undefined)
    problems.push(`${where} neither allows nor denies anything`);
  return problems;
}

/** Without `//` comments outside of texts. */
const withoutComments = (text: string): string =>
  text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_, quoted: string | undefined) => quoted ?? '');
