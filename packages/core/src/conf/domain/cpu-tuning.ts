import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import {
  attr,
  attrOr,
  child,
  childrenOf,
  custom,
  type ElementCodec,
  elementOf,
  int,
  leaf,
  list,
  long,
  missingAttribute,
  oneOf,
  optList,
  part,
  positive,
  refined,
  req,
  str,
  text,
  uint,
  ulong,
  unitFactor,
  type XmlNode,
  yesNo,
} from '../xml/index.js';
import { bitmap, parseBitmap } from './common/bitmap.js';
import { badBitmap, contradictory, internal, unsupported, wrong } from './common/problems.js';

/** `<vcpu>` of a domain */
export interface VcpuDef {
  placement?: 'static' | 'auto';
  cpuset?: string;
  current?: number;
  value: number;
}

export const vcpu: ElementCodec<VcpuDef> = elementOf<VcpuDef>(
  'vcpu',
  {
    placement: attr(oneOf('static', 'auto')),
    cpuset: attr(bitmap, badBitmap),
    current: attr(uint),
    value: text(uint),
  },
  {
    after({ value, current = value }) {
      if (current > value) throw unsupported('maximum vCPU count must not be less than current vCPU count');
    },
  },
);

/** virDomainVcpuDef */
export interface VcpuEntryDef {
  id: number;
  enabled: boolean;
  hotpluggable?: boolean;
  order?: number;
}

export const vcpus = part('vcpus', {
  vcpu: list(
    elementOf<VcpuEntryDef>('vcpu', {
      id: req(uint),
      enabled: req(yesNo),
      hotpluggable: attr(yesNo),
      order: attr(uint, { unset: 0 }),
    }),
  ),
});

/** virDomainIOThreadIDDef */
export interface IoThreadDef {
  id: number;
  thread_pool_min?: number;
  thread_pool_max?: number;
}

export const iothreadids = part('iothreadids', {
  iothread: list(
    elementOf<IoThreadDef>('iothread', { id: req(positive), thread_pool_min: attr(int), thread_pool_max: attr(int) }),
  ),
});

/** A pool of threads has no more at the least than at the most. */
function checkPool({ thread_pool_min: least, thread_pool_max: most }: Omit<IoThreadDef, 'id'>): void {
  if (most !== undefined && most < 1) throw unsupported('thread_pool_max must be a positive integer');
  if (least !== undefined && most !== undefined && least > most)
    throw unsupported('thread_pool_min must be smaller or equal to thread_pool_max');
}

export const defaultiothread = part(
  'defaultiothread',
  { thread_pool_min: attr(int), thread_pool_max: attr(int) },
  { omitEmpty: true, after: checkPool },
);

export const SCHEDULERS = ['batch', 'idle', 'fifo', 'rr'] as const;

export interface SchedulerDef {
  scheduler: (typeof SCHEDULERS)[number];
  priority?: number;
}

export interface CachetuneDef {
  vcpus: string;
  id?: string;
  cache?: { id: number; level: number; type: 'both' | 'code' | 'data'; size: number; unit: string }[];
  monitor?: { level: number; vcpus: string }[];
}

export interface MemorytuneDef {
  vcpus: string;
  id?: string;
  node?: { id: number; bandwidth: number }[];
  monitor?: { vcpus: string }[];
}

/** virDomainCputune, and where threads may run. */
export interface CpuTuneDef {
  shares?: number;
  period?: number;
  quota?: number;
  global_period?: number;
  global_quota?: number;
  emulator_period?: number;
  emulator_quota?: number;
  iothread_period?: number;
  iothread_quota?: number;
  vcpupin?: { vcpu: number; cpuset: string }[];
  emulatorpin?: { cpuset: string };
  iothreadpin?: { iothread: number; cpuset: string }[];
  emulatorsched?: SchedulerDef;
  vcpusched?: ({ vcpus: string } & SchedulerDef)[];
  iothreadsched?: ({ iothreads: string } & SchedulerDef)[];
  cachetune?: CachetuneDef[];
  memorytune?: MemorytuneDef[];
}

const scheduler = {
  scheduler: req(oneOf(...SCHEDULERS), { missing: () => wrong('missing scheduler attribute') }),
  priority: attr(int),
};

/** Schedulers are kept and written thread by thread, in the order of their numbers. */
function each<K extends 'vcpus' | 'iothreads'>(name: string, ids: K) {
  const codec = part(
    name,
    { [ids]: req(bitmap, badBitmap), ...scheduler },
    { after: (model, node) => checkPriority(model as unknown as SchedulerDef, node) },
  ) as unknown as ElementCodec<Record<K, string> & SchedulerDef>;
  return custom<(Record<K, string> & SchedulerDef)[]>({
    reason: 'one element may name several threads, but each is written alone',
    covers: { elements: [codec] },
    decode(node, context) {
      const found = new Map<number, Record<K, string> & SchedulerDef>();
      for (const child of childrenOf(node, name)) {
        const model = codec.decode(child, context);
        for (const id of parseBitmap(model[ids]) ?? []) {
          if (found.has(id)) throw contradictory(`'${name}' attributes '${ids}' must not overlap`);
          found.set(id, { ...model, [ids]: String(id) });
        }
      }
      return found.size === 0 ? undefined : [...found].sort(([a], [b]) => a - b).map(([, model]) => model);
    },
    body: (models, depth, context) => models.map((model) => codec.encode(model, depth, context)).join(''),
  });
}

/** Only schedulers without priorities of their own do without one. */
function checkPriority(model: SchedulerDef, node: XmlNode): void {
  const needed = model.scheduler === 'fifo' || model.scheduler === 'rr';
  if (needed && model.priority === undefined) throw missingAttribute(node, 'priority');
  if (!needed) delete model.priority;
}

/** What a pin says of a set of processors that is none, or missing. */
const badCpuset = (pin: string) => ({
  ...badBitmap,
  missing: () => internal(`missing cpuset for ${pin}`),
});

/** Where something may run, which must be somewhere. */
const cpuset: typeof bitmap = {
  ...bitmap,
  parse(text) {
    const found = bitmap.parse(text);
    if (found === '') throw unsupported(`Invalid value of 'cpuset': ${text}`);
    return found;
  },
};

const cacheUnit = refined(str, (unit) => (unitFactor(unit) === undefined ? undefined : unit));

const badGroup = (name: string) => ({
  invalid: (value: string) => wrong(`Invalid ${name} attribute 'vcpus' value '${value}'`),
});

/** The cache whose use processors can tell. */
const MONITORED_LEVEL = 3;

const cachetune = elementOf<CachetuneDef>('cachetune', {
  vcpus: req(bitmap, badGroup('cachetune')),
  id: attr(str).when('live'),
  cache: optList(
    part(
      'cache',
      {
        id: req(uint),
        level: req(uint),
        type: req(oneOf('both', 'code', 'data')),
        size: req(ulong, {
          invalid: (value) =>
            new LibvirtError(
              ErrorCode.XML_ERROR,
              ErrorDomain.XML,
              `Invalid value '${value}' for element or attribute './@size'`,
            ),
        }),
        unit: attrOr(cacheUnit, 'KiB', {
          emptyIsAbsent: true,
          invalid: (value) => new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `unknown suffix '${value}'`),
        }),
      },
      {
        // Nothing has no unit but the least.
        before: (model) => (model.size === 0 ? { ...model, unit: 'B' } : model),
      },
    ),
  ),
  monitor: optList(
    part(
      'monitor',
      { level: req(uint), vcpus: req(bitmap, badGroup('monitor')) },
      {
        after({ level }) {
          if (level !== MONITORED_LEVEL) throw wrong(`Invalid monitor cache level '${level}'`);
        },
      },
    ),
  ),
} as never);

const memorytune = elementOf<MemorytuneDef>('memorytune', {
  vcpus: req(bitmap, badGroup('memorytune')),
  id: attr(str).when('live'),
  node: optList(part('node', { id: req(uint), bandwidth: req(uint) })),
  monitor: optList(part('monitor', { vcpus: req(bitmap, badGroup('monitor')) })),
} as never);

export const cputune: ElementCodec<CpuTuneDef> = elementOf<CpuTuneDef>(
  'cputune',
  {
    shares: leaf(ulong),
    period: leaf(ulong, { unset: 0 }),
    quota: leaf(long, { unset: 0 }),
    global_period: leaf(ulong, { unset: 0 }),
    global_quota: leaf(long, { unset: 0 }),
    emulator_period: leaf(ulong, { unset: 0 }),
    emulator_quota: leaf(long, { unset: 0 }),
    iothread_period: leaf(ulong, { unset: 0 }),
    iothread_quota: leaf(long, { unset: 0 }),
    vcpupin: optList(part('vcpupin', { vcpu: req(uint), cpuset: req(cpuset, badCpuset('vcpupin')) })),
    emulatorpin: child(
      part('emulatorpin', {
        cpuset: req(cpuset, badCpuset('emulatorpin')),
      }),
      { twice: () => wrong('only one emulatorpin is supported') },
    ),
    iothreadpin: optList(
      part('iothreadpin', { iothread: req(positive), cpuset: req(cpuset, badCpuset('iothreadpin')) }),
    ),
    vcpusched: each('vcpusched', 'vcpus'),
    iothreadsched: each('iothreadsched', 'iothreads'),
    emulatorsched: child(elementOf<SchedulerDef>('emulatorsched', scheduler, { after: checkPriority }), {
      twice: () => wrong('only one emulatorsched is supported'),
    }),
    cachetune: optList(cachetune),
    memorytune: optList(memorytune),
  },
  { omitEmpty: true, after: forgetIdle },
);

/** Groups of processors that nothing is said of. */
function forgetIdle(tuning: CpuTuneDef): void {
  const { cachetune: caches = [], memorytune: bandwidths = [] } = tuning;
  const groups = caches.filter(({ cache, monitor }) => cache !== undefined || monitor !== undefined);
  const shares = bandwidths.filter(({ node, monitor }) => node !== undefined || monitor !== undefined);
  if (groups.length < caches.length) {
    if (groups.length > 0) tuning.cachetune = groups;
    else delete tuning.cachetune;
  }
  if (shares.length < bandwidths.length) {
    if (shares.length > 0) tuning.memorytune = shares;
    else delete tuning.memorytune;
  }
}
