import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import { type FunctionEntry, type FunctionName, FUNCTIONS } from '../driver/index.js';
import { FLAG_RULES } from './flag-rules.js';

/** A permission that a call needs under a condition on its arguments. */
export interface PreparedPermission {
  readonly object: string;
  readonly permission: string;
  readonly applies: (args: readonly unknown[]) => boolean;
}

/** A function's entry in the table, made ready for being called often. */
export interface PreparedCall {
  readonly name: FunctionName;
  readonly entry: FunctionEntry;
  /** The public name, for messages. */
  readonly symbol: string;
  readonly domain: ErrorDomain;
  /** Raises INVALID_ARG for arguments that the function never accepts. */
  readonly check: (args: readonly unknown[]) => void;
  readonly deniedReadOnly: (args: readonly unknown[]) => boolean;
  readonly permissions: readonly PreparedPermission[];
  readonly filters: readonly PreparedPermission[];
}

/** The domain of errors that the API itself raises: libvirt's, by the object; host and domain functions share one. */
const DOMAINS: Readonly<Record<string, ErrorDomain>> = {
  hypervisor: ErrorDomain.DOMAIN,
  domain: ErrorDomain.DOMAIN,
  passthrough: ErrorDomain.NONE,
  domainSnapshot: ErrorDomain.DOMAIN_SNAPSHOT,
  domainCheckpoint: ErrorDomain.DOMAIN_CHECKPOINT,
  network: ErrorDomain.NETWORK,
  networkPort: ErrorDomain.NETWORK,
  storagePool: ErrorDomain.STORAGE,
  storageVol: ErrorDomain.STORAGE,
  interface: ErrorDomain.INTERFACE,
  nodeDevice: ErrorDomain.NODEDEV,
  nwfilter: ErrorDomain.NWFILTER,
  nwfilterBinding: ErrorDomain.NWFILTER,
  secret: ErrorDomain.SECRET,
};

const cache = new Map<FunctionName, PreparedCall>();

export function prepare(name: FunctionName): PreparedCall {
  let prepared = cache.get(name);
  if (prepared === undefined) cache.set(name, (prepared = create(name)));
  return prepared;
}

function create(name: FunctionName): PreparedCall {
  const entry = FUNCTIONS[name];
  const args = entry.args.map((arg) => arg.split(':') as [string, string]);
  const symbol = entry.symbol ?? name;
  const domain = domainOf(entry);
  const permission = (text: string): PreparedPermission => {
    const [, object = '', permission = '', condition = ''] = /^(\w+):(\w+)\s*(.*)$/.exec(text) ?? [];
    return { object, permission, applies: conditionOf(condition, args) };
  };
  return {
    name,
    entry,
    symbol,
    domain,
    check: argumentCheck(name, symbol, domain, args),
    deniedReadOnly:
      entry.readOnly === undefined
        ? () => false
        : entry.readOnly === 'denied'
          ? () => true
          : conditionOf(entry.readOnly, args),
    permissions: (entry.acl ?? []).map(permission),
    filters: (entry.filter ?? []).map(permission),
  };
}

function domainOf({ on, table, symbol }: FunctionEntry): ErrorDomain {
  const passthrough = symbol !== undefined && /^virDomain(Qemu|Lxc)/.test(symbol);
  const object = passthrough ? 'passthrough' : on !== 'connect' ? on : table === 'storage' ? 'storagePool' : table;
  return DOMAINS[object] ?? ErrorDomain.NONE;
}

/** `if MASK`, `unless MASK` (of flags), `if ARG is VALUE`; no condition always holds. */
function conditionOf(
  text: string,
  args: readonly (readonly [string, string])[],
): (args: readonly unknown[]) => boolean {
  if (text === '') return () => true;
  const [word, first = '', is, value] = text.split(' ');
  const index = args.findIndex(([name]) => name === (is === 'is' ? first : 'flags'));
  if (is === 'is') return (given) => Number(given[index]) === Number(value);
  const mask = Number(first);
  return word === 'if'
    ? (given) => (Number(given[index]) & mask) !== 0
    : (given) => (Number(given[index]) & mask) === 0;
}

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  uuid: (value) => typeof value === 'string',
  int: (value) => Number.isInteger(value) && (value as number) >= -0x8000_0000 && (value as number) <= 0x7fff_ffff,
  uint: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff,
  double: (value) => typeof value === 'number',
  i64: (value) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  u64: (value) => typeof value === 'bigint' && BigInt.asUintN(64, value) === value,
  bool: (value) => typeof value === 'boolean',
  bytes: (value) => value instanceof Uint8Array,
  params: (value) => Array.isArray(value),
};

function checkOf(kind: string): (value: unknown) => boolean {
  if (kind.endsWith('?')) {
    const of = checkOf(kind.slice(0, -1));
    return (value) => value === null || of(value);
  }
  if (kind.endsWith('[]')) {
    const of = checkOf(kind.slice(0, -2));
    return (value) => Array.isArray(value) && value.every(of);
  }
  return CHECKS[kind] ?? ((value) => typeof value === 'object' && value !== null);
}

function argumentCheck(
  name: FunctionName,
  symbol: string,
  domain: ErrorDomain,
  args: readonly (readonly [string, string])[],
): (args: readonly unknown[]) => void {
  const checks = args.map(([, kind]) => checkOf(kind));
  const flags = args.findIndex(([arg]) => arg === 'flags');
  const rules = FLAG_RULES[name];
  const nonZero = (rules?.nonZero ?? []).map((arg) => args.findIndex(([other]) => other === arg));
  const fail = (text: string): never => {
    throw new LibvirtError(ErrorCode.INVALID_ARG, domain, text);
  };
  // These stand alone, without the phrase of their code.
  const failPlainly = (text: string): never => {
    throw LibvirtError.received(ErrorCode.INVALID_ARG, domain, text, { str1: symbol, str2: 'flags' });
  };
  return (given) => {
    for (let i = 0; i < checks.length; i++) {
      if (!checks[i]!(given[i])) {
        const [arg, kind] = args[i]!;
        fail(`'${arg}' in ${symbol} must be a ${kind}, not ${describe(given[i])}`);
      }
    }
    for (const i of nonZero) if (given[i] == 0) fail(`${args[i]![0]} in ${symbol} must not be zero`);
    if (rules === undefined || flags < 0) return;
    const bits = given[flags] as number;
    for (const [first, firstBit, second, secondBit] of rules.exclusive ?? [])
      if ((bits & firstBit) !== 0 && (bits & secondBit) !== 0)
        failPlainly(`Flags '${first}' and '${second}' are mutually exclusive`);
    for (const [first, firstBit, second, secondBit] of rules.requires ?? [])
      if ((bits & firstBit) !== 0 && (bits & secondBit) === 0)
        failPlainly(`Flag '${second}' is required by flag '${first}'`);
  };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object of another kind' : `${typeof value} '${String(value)}'`;
}
