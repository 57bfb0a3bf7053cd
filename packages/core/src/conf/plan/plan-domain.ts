import type { DomainDef } from '../domain/domain-def.js';
import { formatDomainDevice } from '../domain/device-xml.js';
import type { DeviceKind, DomainDevice } from '../domain/devices.js';
import { domainItemKey } from './device-keys.js';
import { type Difference, diffModels } from './diff-models.js';
import { FILE, isAt, LIVE_CHANGES } from './live-changes.js';

/**
 * When a change takes effect: at once on the running domain, when it is started next, or never on this domain, whose
 * identity it would change.
 */
export type PlanWhen = 'live' | 'next boot' | 'needs replacement';

/** One field that a definition would change. */
export interface PlannedChange {
  /** `devices.disk[vda].source.file` */
  readonly path: string;
  /** undefined: the field comes. */
  readonly before: unknown;
  /** undefined: the field goes. */
  readonly after: unknown;
  readonly when: PlanWhen;
  /** The command, as virtkit and virsh have it. */
  readonly how: string;
  /** The device that the command's file must hold. */
  readonly xml?: string;
}

export interface PlanOptions {
  /** Whether the domain runs: of one that does not, nothing is live. */
  readonly running?: boolean;
}

/** What makes a domain the one that it is; no definition changes it. */
const IDENTITY: Readonly<Record<string, (from: DomainDef, to: DomainDef) => string>> = {
  uuid: ({ name }) => `undefine ${name}, then define: its name belongs to the other UUID`,
  name: ({ name, uuid }, to) =>
    uuid === to.uuid ? `domrename ${name} ${to.name} while it is stopped` : `define: it is another domain`,
  type: ({ name }) => `undefine ${name}, then define`,
  'os.type.arch': ({ name }) => `undefine ${name}, then define`,
  'os.type.value': ({ name }) => `undefine ${name}, then define`,
};

/**
 * What would change on a domain that is `from` if `to` were defined, field by field. Nothing for models that say the same.
 * `to` is complete (see {@link completePlanned}): what it leaves out goes.
 */
export function planDomain(from: DomainDef, to: DomainDef, { running = true }: PlanOptions = {}): PlannedChange[] {
  const [{ id: _from, ...before }, { id: _to, ...after }] = [settled(from), settled(to)];
  return diffModels(before, after, domainItemKey).map((change) => planned(change, from, to, running));
}

function planned(change: Difference, from: DomainDef, to: DomainDef, running: boolean): PlannedChange {
  const { path, before, after } = change;
  const identity = IDENTITY[change.place];
  if (identity !== undefined) return { path, before, after, when: 'needs replacement', how: identity(from, to) };
  const words = running ? liveWords(change, from, to) : undefined;
  if (words === undefined) return { path, before, after, when: 'next boot', how: 'define' };
  const [command, ...rest] = words;
  const how = [command, from.name, ...rest].map((word) => (word === FILE ? word : quoted(word))).join(' ');
  const xml = words.includes(FILE) ? deviceXml(change) : undefined;
  return { path, before, after, when: 'live', how, ...(xml !== undefined && { xml }) };
}

function liveWords(change: Difference, from: DomainDef, to: DomainDef): readonly [string, ...string[]] | undefined {
  for (const row of LIVE_CHANGES) {
    if (!isAt(row, change.place)) continue;
    const words = row.how({ change, from, to });
    if (words !== undefined) return words;
  }
  return undefined;
}

function deviceXml({ place, items: [item] }: Difference): string | undefined {
  const [, kind] = /^devices\.(\w+)\[\]/.exec(place) ?? [];
  const device = item?.after ?? item?.before;
  if (kind === undefined || device === undefined) return undefined;
  return formatDomainDevice({ kind: kind as DeviceKind, device } as DomainDevice, undefined, { secure: true });
}

/** What says the same in two ways is said in one. */
function settled(def: DomainDef): DomainDef {
  const { vcpu, ...rest } = def;
  return { ...rest, vcpu: { ...vcpu, current: vcpu.current ?? vcpu.value } };
}

/** A word as shells take it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./<>-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
