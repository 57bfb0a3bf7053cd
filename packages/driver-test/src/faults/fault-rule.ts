import { FUNCTIONS, type FunctionName } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** One entry of the option `faults`: which calls are disturbed, and how. */
export interface FaultRule {
  /** Name in libvirt's driver tables (`domainCreate`); `*` stands for any letters. Older and newer forms are one. */
  readonly function: string;
  /** Name, UUID, key or path of the object that the call acts on; `*` stands for any text. Default: any object. */
  readonly object?: string;
  /** Only this one of the matching calls, counted from 1. */
  readonly nth?: number;
  /** Only every so-many-th of the matching calls. */
  readonly every?: number;
  /** At most so often. */
  readonly times?: number;
  /** Milliseconds, by the host's clock, before the call begins (or, with `when: after`, before it returns). */
  readonly latency?: number;
  /** What the call raises. */
  readonly error?: { readonly code: string | number; readonly message?: string };
  /** `after`: the call does its work first, as when a reply is lost. Default `before`. */
  readonly when?: 'before' | 'after';
}

const KEYS = new Set(['function', 'object', 'nth', 'every', 'times', 'latency', 'error', 'when']);

const refuse = (text: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.TEST, `fault injection: ${text}`);

/** `*` matches any run of characters, everything else itself. */
export function pattern(text: string): (value: string) => boolean {
  if (!text.includes('*')) return (value) => value === text;
  const source = text.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'));
  const regexp = new RegExp(`^${source.join('.*')}$`, 's');
  return (value) => regexp.test(value);
}

/** The functions meant by `name`, each under the name by which a driver serves it. */
export function functionsOf(name: string): ReadonlySet<FunctionName> {
  const matches = pattern(name);
  const all = (Object.keys(FUNCTIONS) as FunctionName[]).filter(matches);
  if (all.length === 0)
    throw refuse(
      `there is no function '${name}': names are those of libvirt's driver tables, for example domainCreate`,
    );
  const meant = new Set<FunctionName>();
  for (const found of all) {
    for (let at: FunctionName | undefined = found; at !== undefined && !meant.has(at);) {
      meant.add(at);
      at = FUNCTIONS[at].fallback as FunctionName | undefined;
    }
  }
  return meant;
}

/** The number of an error code given by name (`OPERATION_FAILED`, with or without VIR_ERR_) or number. */
export function errorCodeOf(code: string | number): ErrorCode {
  const known = ErrorCode as Readonly<Record<string, number>>;
  if (typeof code === 'string' && !/^\d+$/.test(code)) {
    const number = known[code.replace(/^VIR_ERR_/, '').toUpperCase()];
    if (number !== undefined && number !== ErrorCode.OK) return number as ErrorCode;
  } else if (Number(code) > 0 && Object.values(known).includes(Number(code))) return Number(code) as ErrorCode;
  throw refuse(`'${code}' is no error code: names are those of libvirt, for example OPERATION_FAILED`);
}

/** Checks what came from a configuration file. */
export function checkFaultRules(value: unknown): readonly FaultRule[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw refuse('"faults" must be a list of rules');
  return value.map((item: unknown, i) => checkRule(item, `faults[${i}]`));
}

function checkRule(value: unknown, where: string): FaultRule {
  if (typeof value !== 'object' || value === null) throw refuse(`${where} must be an object`);
  const rule = value as FaultRule;
  for (const key of Object.keys(rule))
    if (!KEYS.has(key)) throw refuse(`${where}: unknown key "${key}": known are ${[...KEYS].join(', ')}`);
  if (typeof rule.function !== 'string') throw refuse(`${where}.function must name a function`);
  if (rule.object !== undefined && typeof rule.object !== 'string') throw refuse(`${where}.object must be a text`);
  for (const key of ['nth', 'every', 'times'] as const)
    if (rule[key] !== undefined && !(Number.isInteger(rule[key]) && rule[key] > 0))
      throw refuse(`${where}.${key} must be a positive number`);
  if (rule.latency !== undefined && !(typeof rule.latency === 'number' && rule.latency >= 0))
    throw refuse(`${where}.latency must be a number of milliseconds`);
  if (rule.when !== undefined && rule.when !== 'before' && rule.when !== 'after')
    throw refuse(`${where}.when must be "before" or "after"`);
  if (rule.error === undefined && rule.latency === undefined)
    throw refuse(`${where} does nothing: give it an "error", a "latency", or both`);
  if (rule.error !== undefined) errorCodeOf(rule.error.code);
  functionsOf(rule.function);
  return rule;
}
