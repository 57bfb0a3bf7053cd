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
      order: attr(positive),
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

export const defaultiothread = part(
  'defaultiothread',
  { thread_pool_min: attr(int), thread_pool_max: attr(int) },
  { omitEmpty: true },
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
const badCpuset = (pin: string) => ({ ...badBitmap, missing: () => internal(`missing cpuset for ${pin}`) });

const cacheUnit = refined(str, (unit) => (unitFactor(unit) === undefined ? undefined : unit));

const badGroup = (name: string) => ({
  invalid: (value: string) => wrong(`Invalid ${name} attribute 'vcpus' value '${value}'`),
});

const cachetune = elementOf<CachetuneDef>('cachetune', {
  vcpus: req(bitmap, badGroup('cachetune')),
  id: attr(str).when('live'),
  cache: optList(
    part('cache', {
      id: req(uint),
      level: req(uint),
      type: req(oneOf('both', 'code', 'data')),
      size: req(ulong),
      unit: attrOr(cacheUnit, 'KiB', {
        emptyIsAbsent: true,
        invalid: (value) => new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `unknown suffix '${value}'`),
      }),
    }),
  ),
  monitor: optList(part('monitor', { level: req(uint), vcpus: req(bitmap, badGroup('monitor')) })),
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
    vcpupin: optList(part('vcpupin', { vcpu: req(uint), cpuset: req(bitmap, badCpuset('vcpupin')) })),
    emulatorpin: child(
      part('emulatorpin', {
        cpuset: req(bitmap, badCpuset('emulatorpin')),
      }),
      { twice: () => wrong('only one emulatorpin is supported') },
    ),
    iothreadpin: optList(
      part('iothreadpin', { iothread: req(positive), cpuset: req(bitmap, badCpuset('iothreadpin')) }),
    ),
    vcpusched: each('vcpusched', 'vcpus'),
    iothreadsched: each('iothreadsched', 'iothreads'),
    emulatorsched: child(elementOf<SchedulerDef>('emulatorsched', scheduler, { after: checkPriority })),
    cachetune: optList(cachetune),
    memorytune: optList(memorytune),
  },
  { omitEmpty: true },
);
