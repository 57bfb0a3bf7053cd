import {
  attr,
  child,
  childrenOf,
  type ConfContext,
  custom,
  type ElementCodec,
  elementOf,
  type Field,
  indentOf,
  int,
  leaf,
  list,
  oneOf,
  onOff,
  optList,
  part,
  raw,
  refined,
  req,
  type Scalar,
  scaled,
  scaledText,
  str,
  uint,
  uuid,
  type XmlNode,
  yesNo,
} from '../xml/index.js';
import { oneOfEachNamespace } from '../common/index.js';
import { clock } from './clock.js';
import { securityLabel } from './common/seclabel.js';
import { internal, refusedAsPlain, unsupported, wrong } from './common/problems.js';
import { optionOf } from './context.js';
import { cputune, defaultiothread, iothreadids, vcpu, vcpus } from './cpu-tuning.js';
import { domainCpu } from './cpu.js';
import { devices } from './devices.js';
import {
  CRASH_ACTIONS,
  type DomainDef,
  type DomainNamespaces,
  type IdMapEntryDef,
  LIFECYCLE_ACTIONS,
  VIRT_TYPES,
  type VirtType,
} from './domain-def.js';
import { features } from './features.js';
import { blkiotune, memoryBacking, memtune, numatune } from './memory-tuning.js';
import { os } from './os.js';
import { inDomainOrder } from './read-order.js';
import { keywrap, launchSecurity } from './security.js';
import { sysinfo } from './sysinfo.js';

const badIdMap = {
  missing: () => wrong('invalid idmap start/target/count settings'),
  invalid: () => wrong('invalid idmap start/target/count settings'),
};
const idMapEntry = { start: req(uint, badIdMap), target: req(uint, badIdMap), count: req(uint, badIdMap) };

/** virDomainIdMapEntryListParse: kept in the order of ids, the first of which is root's. */
function settleIdMap(entries: IdMapEntryDef[]): void {
  entries.sort((a, b) => a.start - b.start);
  if (entries.length > 0 && entries[0]?.start !== 0) throw unsupported('You must map the root user of container');
}

const switchElement = (name: string) =>
  child(part(name, { enabled: attr(yesNo) }) as ElementCodec<{ enabled: boolean }>, { emptyIsAbsent: true });

/** The property is always there once the document is complete; post-parse sees to it. */
const settled = <T>(field: Field<T, true>): Field<T, false> => field as unknown as Field<T, false>;

const namespaces = custom<DomainNamespaces>({
  reason: 'each driver brings the elements of its own namespaces',
  covers: {},
  decode(node: XmlNode, context: ConfContext) {
    const found: Record<string, unknown> = {};
    for (const space of optionOf(context)?.namespaces ?? []) {
      const value = space.decode(node, context);
      if (value !== undefined) found[space.prefix] = value;
    }
    return Object.keys(found).length === 0 ? undefined : (found as DomainNamespaces);
  },
  attrs(value, context) {
    let attrs = '';
    for (const { prefix, uri } of optionOf(context)?.namespaces ?? [])
      if (prefix in value) attrs += ` xmlns:${prefix}='${uri}'`;
    return attrs;
  },
  body(value, depth, context) {
    let body = '';
    for (const space of optionOf(context)?.namespaces ?? []) {
      const own = (value as Record<string, unknown>)[space.prefix];
      if (own !== undefined) body += space.encode(own, depth, context);
    }
    return body;
  },
});

const maxMemory = part('maxMemory', {
  slots: req(uint, { missing: () => wrong('missing memory slots count of <maxMemory>') }),
  value: scaledText('KiB'),
});

const appid = refined(str, (value) => {
  if (value === '') throw badAppid.missing();
  return /^[\x20-\x7e]*$/.test(value) ? value : undefined;
});
const badAppid = {
  missing: () => internal('<fibrechannel> names no appid'),
  invalid: () => wrong("Fibre Channel 'appid' is not a printable string"),
};

const resource = part(
  'resource',
  { partition: leaf(str), fibrechannel: child(part('fibrechannel', { appid: req(appid, badAppid) })) },
  {
    omitEmpty: true,
    after(model) {
      if (model.partition === undefined && model.fibrechannel === undefined)
        throw internal('<resource> says nothing: name a partition, or an appid for Fibre Channel');
    },
  },
);

const idmap = part(
  'idmap',
  {
    uid: list(elementOf<IdMapEntryDef>('uid', idMapEntry)),
    gid: list(elementOf<IdMapEntryDef>('gid', idMapEntry)),
  },
  {
    omitEmpty: true,
    after(idmap) {
      settleIdMap(idmap.uid);
      settleIdMap(idmap.gid);
    },
  },
);

const pm = part(
  'pm',
  { 'suspend-to-mem': switchElement('suspend-to-mem'), 'suspend-to-disk': switchElement('suspend-to-disk') },
  { omitEmpty: true },
);

/** virPerfEventType */
export const PERF_EVENTS = [
  'cmt',
  'mbmt',
  'mbml',
  'cpu_cycles',
  'instructions',
  'cache_references',
  'cache_misses',
  'branch_instructions',
  'branch_misses',
  'bus_cycles',
  'stalled_cycles_frontend',
  'stalled_cycles_backend',
  'ref_cpu_cycles',
  'cpu_clock',
  'task_clock',
  'page_faults',
  'context_switches',
  'cpu_migrations',
  'page_faults_min',
  'page_faults_maj',
  'alignment_faults',
  'emulation_faults',
] as const;

const perf = part(
  'perf',
  { event: list(part('event', { name: req(oneOf(...PERF_EVENTS)), enabled: req(yesNo) })) },
  { omitEmpty: true },
);

/** An empty element asks for an identifier to be made up. */
const genid = custom<string>({
  reason: 'an empty element says something, and a wrong UUID has an error of its own',
  covers: { elements: ['genid'] },
  decode(node) {
    const [element, again] = childrenOf(node, 'genid');
    if (again !== undefined) throw wrong("element 'genid' can only appear once");
    if (element === undefined || element.text === '') return element?.text;
    const value = uuid.parse(element.text);
    if (value === undefined) throw internal(`malformed genid element: '${element.text}' is not a UUID`);
    return value;
  },
  body: (value, depth) => `${indentOf(depth)}<genid>${value}</genid>\n`,
});

/** Which of them a document may have is a question of its driver: see `types` of a DomainXmlOption. */
const virtType: Scalar<VirtType> = {
  ...oneOf(...VIRT_TYPES),
  parse: (text) => (/^[\w.-]+$/.test(text) ? (text as VirtType) : undefined),
};

export const domain: ElementCodec<DomainDef> = elementOf<DomainDef>(
  'domain',
  {
    type: req(virtType, {
      missing: () => internal('missing domain type attribute'),
      invalid: (value) =>
        value === '' ? internal('missing domain type attribute') : unsupported(`invalid domain type ${value}`),
    }),
    id: attr(int).when('live'),
    name: settled(leaf(str)),
    uuid: settled(leaf(uuid, { invalid: () => internal('malformed uuid element') })),
    hwuuid: leaf(uuid),
    genid,
    title: leaf(str),
    description: leaf(str),
    metadata: raw({ prepare: oneOfEachNamespace }),
    maxMemory: child(maxMemory),
    memory: settled(child(part('memory', { dumpCore: attr(onOff), value: scaledText('KiB') }))),
    currentMemory: settled(scaled('KiB')),
    blkiotune: child(blkiotune),
    memtune: child(memtune),
    memoryBacking: child(memoryBacking),
    vcpu: settled(child(vcpu)),
    vcpus: child(vcpus),
    iothreads: leaf(uint, { unset: 0 }),
    iothreadids: child(iothreadids),
    defaultiothread: child(defaultiothread),
    cputune: child(cputune),
    numatune: child(numatune, { twice: () => wrong('only one numatune is supported') }),
    resource: child(resource, { twice: () => wrong('only one resource element is supported') }),
    sysinfo: optList(sysinfo),
    bootloader: leaf(str),
    bootloader_args: leaf(str),
    os: settled(child(os)),
    idmap: child(idmap),
    features: child(features),
    cpu: child(domainCpu),
    clock: settled(child(clock)),
    on_poweroff: settled(leaf(oneOf(...LIFECYCLE_ACTIONS), refusedAsPlain('unknown on_poweroff action: '))),
    on_reboot: settled(leaf(oneOf(...LIFECYCLE_ACTIONS), refusedAsPlain('unknown on_reboot action: '))),
    on_crash: settled(leaf(oneOf(...CRASH_ACTIONS), refusedAsPlain('unknown on_crash action: '))),
    on_lockfailure: leaf(
      oneOf('poweroff', 'restart', 'pause', 'ignore'),
      refusedAsPlain('unknown on_lockfailure action: '),
    ),
    pm: child(pm),
    perf: child(perf),
    devices: settled(child(devices)),
    seclabel: list(securityLabel),
    keywrap: child(keywrap),
    launchSecurity: child(launchSecurity),
    namespaces,
  },
  {
    prepare: inDomainOrder,
    // Nobody is there to take the arguments.
    before(def) {
      if (def.bootloader !== undefined || def.bootloader_args === undefined) return def;
      const { bootloader_args: _, ...rest } = def;
      return rest;
    },
  },
);
