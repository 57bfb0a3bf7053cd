import type { DomainDef } from '../domain/domain-def.js';
import { formatDomainDevice } from '../domain/device-xml.js';
import type { DeviceKind, DomainDevice } from '../domain/devices.js';
import type { GraphicsDef } from '../domain/devices/graphics.js';
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
  /** As the domain runs, with what its start decided: devices that are changed must be described so. */
  readonly live?: DomainDef;
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
export function planDomain(from: DomainDef, to: DomainDef, options: PlanOptions = {}): PlannedChange[] {
  const [{ id: _from, ...before }, { id: _to, ...after }] = [settled(from), settled(to)];
  return diffModels(before, after, domainItemKey).map((change) => planned(change, from, to, options));
}

function planned(change: Difference, from: DomainDef, to: DomainDef, options: PlanOptions): PlannedChange {
  const { path, before, after } = change;
  const identity = IDENTITY[change.place];
  if (identity !== undefined) return { path, before, after, when: 'needs replacement', how: identity(from, to) };
  const words = (options.running ?? true) ? liveWords(change, from, to) : undefined;
  if (words === undefined) return { path, before, after, when: 'next boot', how: 'define' };
  const [command, ...rest] = words;
  const how = [command, from.name, ...rest].map((word) => (word === FILE ? word : quoted(word))).join(' ');
  const xml = words.includes(FILE) ? deviceXml(change, options.live) : undefined;
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

function deviceXml({ place, items: [item] }: Difference, live: DomainDef | undefined): string | undefined {
  const [, kind] = /^devices\.(\w+)\[\]/.exec(place) ?? [];
  const device = item?.after ?? item?.before;
  if (kind === undefined || device === undefined) return undefined;
  const shown = kind === 'graphics' ? liveGraphics(device as GraphicsDef, live) : device;
  return formatDomainDevice({ kind: kind as DeviceKind, device: shown } as DomainDevice, undefined, { secure: true });
}

/** Where a screen is listening is part of what must stay: only its access changes. */
function liveGraphics(wanted: GraphicsDef, live: DomainDef | undefined): GraphicsDef {
  const found = live?.devices.graphics.find(({ type }) => type === wanted.type);
  if (found === undefined) return wanted;
  const { passwd, passwdValidTo, connected } = wanted as Access;
  const { passwd: _passwd, passwdValidTo: _until, connected: _connected, ...rest } = found as GraphicsDef & Access;
  return {
    ...rest,
    ...(passwd !== undefined && { passwd }),
    ...(passwdValidTo !== undefined && { passwdValidTo }),
    ...(connected !== undefined && { connected }),
  } as GraphicsDef;
}

type Access = Pick<Extract<GraphicsDef, { type: 'vnc' }>, 'passwd' | 'passwdValidTo' | 'connected'>;

/** What says the same in two ways is said in one. */
function settled(def: DomainDef): DomainDef {
  const { vcpu, ...rest } = def;
  return { ...rest, vcpu: { ...vcpu, current: vcpu.current ?? vcpu.value } };
}

/** A word as shells take it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./<>-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
