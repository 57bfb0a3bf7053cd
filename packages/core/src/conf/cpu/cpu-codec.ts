import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import {
  attr,
  attrOr,
  child,
  custom,
  elementOf,
  type ElementCodec,
  type Fields,
  indentOf,
  intWith,
  leaf,
  list,
  oneOf,
  onOff,
  optList,
  optText,
  positive,
  req,
  refined,
  reqLeaf,
  str,
  u64,
  uint,
  ulong,
  yesNo,
} from '../xml/index.js';
import { isArch } from './arch.js';
import {
  CPU_FEATURE_POLICIES,
  type CpuFeatureDef,
  type CpuModelDef,
  type CpuPhysAddrDef,
  type CpuTopologyDef,
  type GuestCpuDef,
  type HostCpuDef,
} from './cpu-def.js';

const unsupported = (detail: string) => new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.CPU, detail);
const wrong = (detail: string) => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.CPU, detail);

const VENDOR_ID_LENGTH = 12;

const topology = elementOf<CpuTopologyDef>('topology', {
  sockets: req(positive),
  dies: attrOr(positive, 1),
  cores: req(positive),
  threads: req(positive),
});

const maxphysaddr = elementOf<CpuPhysAddrDef>('maxphysaddr', {
  mode: req(oneOf('emulate', 'passthrough')),
  bits: attr(intWith({ min: 0 })),
});

const cache = elementOf<NonNullable<GuestCpuDef['cache']>>(
  'cache',
  { level: attr(intWith({ min: 0 })), mode: req(oneOf('emulate', 'passthrough', 'disable')) },
  {
    after({ level }) {
      if (level !== undefined && (level < 1 || level > 3))
        throw wrong('invalid CPU cache level, must be in range [1,3]');
    },
  },
);

const FALLBACKS = oneOf('allow', 'forbid');

const guestModel = elementOf<CpuModelDef>(
  'model',
  {
    // Looked at only where there can be a model: see guestCpuOptions.
    fallback: attr({ ...FALLBACKS, parse: (text) => text as 'allow' | 'forbid' }, { emptyIsAbsent: true }),
    vendor_id: attr(str, { emptyIsAbsent: true }),
    name: optText(str),
  },
  {
    omitEmpty: true,
    // What to do for want of a model is written only beside one.
    before: (model) => (model.name === undefined ? { ...model, fallback: undefined as never } : model),
  },
);

const guestFeature = elementOf<CpuFeatureDef>(
  'feature',
  {
    policy: attr(oneOf(...CPU_FEATURE_POLICIES), { invalid: () => unsupported('Invalid CPU feature policy') }),
    name: req(str, { missing: () => wrong('Invalid CPU feature name') }),
  },
  {
    after(feature) {
      if (feature.name === '') throw wrong('Invalid CPU feature name');
      feature.policy ??= 'require';
    },
  },
);

/** The fields of a guest's `<cpu>`, in document order; a domain has `<numa>` after them. */
export const guestCpuFields: Fields<Omit<GuestCpuDef, 'arch'>> = {
  mode: attrOr(oneOf('custom', 'host-model', 'host-passthrough', 'maximum'), 'custom', {
    invalid: (value) => unsupported(`Invalid mode attribute '${value}'`),
  }),
  match: attr(oneOf('minimum', 'exact', 'strict')),
  check: attr(oneOf('none', 'partial', 'full')),
  migratable: attr(onOff),
  model: child(guestModel),
  vendor: leaf(str),
  topology: child(topology),
  cache: child(cache, { twice: () => wrong('at most one CPU cache element may be specified') }),
  maxphysaddr: child(maxphysaddr),
  feature: list(guestFeature),
};

const isNamed = ({ mode, model }: GuestCpuDef): boolean => mode === 'custom' && model?.name !== undefined;

const hasModel = ({ mode }: GuestCpuDef): boolean => mode === 'custom' || mode === 'host-model';

/** What a guest's `<cpu>` says beyond its fields; for every element made of {@link guestCpuFields}. */
export const guestCpuOptions: {
  after(cpu: GuestCpuDef): void;
  before<T extends GuestCpuDef>(cpu: T): T;
} = {
  after(cpu) {
    const { model } = cpu;
    if (cpu.migratable !== undefined && hasModel(cpu)) {
      throw unsupported(`Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode`);
    }
    if (model?.fallback !== undefined && FALLBACKS.parse(model.fallback) === undefined) {
      if (hasModel(cpu)) throw unsupported('Invalid fallback attribute');
      delete model.fallback;
    }
    if (model !== undefined && hasModel(cpu)) {
      const id = model.vendor_id;
      if (id !== undefined && Buffer.byteLength(id) !== VENDOR_ID_LENGTH) {
        throw wrong(`vendor_id must be exactly ${VENDOR_ID_LENGTH} characters long`);
      }
      if (id?.includes(',')) throw wrong('vendor id is invalid');
    }
    if (cpu.vendor !== undefined && model?.name === undefined) {
      throw wrong('CPU vendor specified without CPU model');
    }
    if (model?.name !== undefined) model.fallback ??= 'allow';
    if (isNamed(cpu)) cpu.match ??= 'exact';
    checkFeatures(cpu.feature);
    if (cpu.mode === 'custom' && cpu.model?.name === undefined && cpu.feature.length > 0) {
      throw wrong('Non-empty feature list specified without CPU model');
    }
  },
  before(cpu) {
    if (isNamed(cpu)) return cpu;
    // What only a named model has is kept in mind but not written; without a model nothing is custom.
    const { mode, match: _match, model, vendor, ...rest } = cpu;
    const named = hasModel(cpu);
    return {
      ...rest,
      ...(mode === 'custom' ? {} : { mode }),
      ...(named && model !== undefined ? { model } : {}),
      ...(named && vendor !== undefined ? { vendor } : {}),
    } as unknown as typeof cpu;
  },
};

function checkFeatures(features: readonly CpuFeatureDef[]): void {
  const seen = new Set<string>();
  for (const { name } of features) {
    if (seen.has(name)) throw wrong(`CPU feature '${name}' specified more than once`);
    seen.add(name);
  }
}

/** `<cpu>` of a guest, without what only a domain has in it. */
export const guestCpu: ElementCodec<Omit<GuestCpuDef, 'arch'>> = elementOf('cpu', guestCpuFields, guestCpuOptions);

const hostFeature = elementOf<{ name: string }>(
  'feature',
  { name: req(str, { missing: () => wrong('Invalid CPU feature name') }) },
  {
    after({ name }) {
      if (name === '') throw wrong('Invalid CPU feature name');
    },
  },
);

const hostModel = elementOf<{ name?: string }>('model', { name: optText(str) });

const tsc = elementOf<NonNullable<HostCpuDef['counter']>>('counter', {
  name: req(oneOf('tsc')),
  frequency: req(u64),
  scaling: attr(yesNo),
});

/** The fields of a host's `<cpu>`, in document order. */
export const hostCpuFields: Fields<HostCpuDef> = {
  arch: reqLeaf(
    refined(str, (name) => (isArch(name) ? name : undefined)),
    {
      missing: () => wrong('Missing CPU architecture'),
      invalid: (value) =>
        value === '' ? wrong('Missing CPU architecture') : unsupported(`Unknown architecture ${value}`),
    },
  ),
  features: custom<string[]>({
    reason: 'any word may stand here, as an empty element',
    covers: { elements: ['features'] },
    decode(node) {
      return node.children.find((item) => item.name === 'features')?.children.map((item) => item.name);
    },
    body(words, depth) {
      const lines = words.map((word) => `${indentOf(depth + 1)}<${word}/>\n`).join('');
      return `${indentOf(depth)}<features>\n${lines}${indentOf(depth)}</features>\n`;
    },
  }),
  model: child(hostModel),
  vendor: leaf(str),
  microcode: child(
    elementOf<NonNullable<HostCpuDef['microcode']>>('microcode', {
      version: attr(uint, { invalid: () => unsupported('invalid microcode version') }),
    }),
  ),
  signature: child(
    elementOf<NonNullable<HostCpuDef['signature']>>('signature', {
      family: req(uint),
      model: req(uint),
      stepping: req(uint),
    }),
  ),
  counter: custom({
    reason: 'other counters than tsc are passed over',
    covers: { elements: [tsc] },
    decode(node, context) {
      const found = node.children.find((item) => item.name === 'counter' && item.attrs.name === 'tsc');
      return found && tsc.decode(found, context);
    },
    body: (counter, depth, context) => tsc.encode(counter, depth, context),
  }),
  topology: child(topology),
  maxphysaddr: child(maxphysaddr),
  feature: list(hostFeature),
  pages: optList(elementOf<{ unit: string; size: number }>('pages', { unit: attrOr(str, 'KiB'), size: req(ulong) })),
};

/** `<cpu>` of a host. */
export const hostCpu: ElementCodec<HostCpuDef> = elementOf<HostCpuDef>('cpu', hostCpuFields, {
  after(cpu) {
    if (cpu.model?.name === undefined) throw wrong('Missing CPU model name');
    checkFeatures(cpu.feature);
  },
});
