import {
  attr,
  attrOr,
  child,
  type ElementCodec,
  elementOf,
  type Field,
  type Fields,
  flag,
  missingAttribute,
  oneOf,
  onOff,
  part,
  req,
  type Scalar,
  scaled,
  str,
  uint,
  type XmlNode,
} from '../xml/index.js';
import { unsupported, wrong } from './common/problems.js';

/** A feature that is on or off. */
export interface SwitchDef {
  state: boolean;
}

export const HYPERV_SWITCHES = [
  'relaxed',
  'vapic',
  'vpindex',
  'runtime',
  'synic',
  'reset',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'ipi',
  'evmcs',
  'avic',
] as const;

export interface HypervDef {
  mode: 'custom' | 'passthrough';
  relaxed?: SwitchDef;
  vapic?: SwitchDef;
  spinlocks?: { state: boolean; retries?: number };
  vpindex?: SwitchDef;
  runtime?: SwitchDef;
  synic?: SwitchDef;
  stimer?: { state: boolean; direct?: SwitchDef };
  reset?: SwitchDef;
  vendor_id?: { state: boolean; value?: string };
  frequencies?: SwitchDef;
  reenlightenment?: SwitchDef;
  tlbflush?: SwitchDef;
  ipi?: SwitchDef;
  evmcs?: SwitchDef;
  avic?: SwitchDef;
}

export interface KvmFeaturesDef {
  hidden?: SwitchDef;
  'hint-dedicated'?: SwitchDef;
  'poll-control'?: SwitchDef;
  'pv-ipi'?: SwitchDef;
  'dirty-ring'?: { state: boolean; size?: number };
}

/** Capabilities of Linux that a container may use. */
export const LINUX_CAPABILITIES = [
  'audit_control',
  'audit_write',
  'block_suspend',
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'ipc_lock',
  'ipc_owner',
  'kill',
  'lease',
  'linux_immutable',
  'mac_admin',
  'mac_override',
  'mknod',
  'net_admin',
  'net_bind_service',
  'net_broadcast',
  'net_raw',
  'setgid',
  'setfcap',
  'setpcap',
  'setuid',
  'sys_admin',
  'sys_boot',
  'sys_chroot',
  'sys_module',
  'sys_nice',
  'sys_pacct',
  'sys_ptrace',
  'sys_rawio',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'syslog',
  'wake_alarm',
] as const;

export type CapabilitiesDef = { policy: 'default' | 'allow' | 'deny' } & {
  [K in (typeof LINUX_CAPABILITIES)[number]]?: SwitchDef;
};

/** virDomainDef's features */
export interface FeaturesDef {
  acpi?: true;
  apic?: { eoi?: boolean };
  pae?: true;
  hap?: SwitchDef;
  viridian?: true;
  privnet?: true;
  hyperv?: HypervDef;
  kvm?: KvmFeaturesDef;
  pvspinlock?: SwitchDef;
  capabilities?: CapabilitiesDef;
  pmu?: SwitchDef;
  vmport?: SwitchDef;
  gic?: { version?: '2' | '3' | 'host' };
  smm?: { state: boolean; tseg?: number };
  ioapic?: { driver: 'qemu' | 'kvm' };
  hpt?: { resizing?: 'enabled' | 'disabled' | 'required'; maxpagesize?: number };
  vmcoreinfo?: SwitchDef;
  htm?: SwitchDef;
  'nested-hv'?: SwitchDef;
  msrs?: { unknown: 'ignore' | 'fault' };
  'ccf-assist'?: SwitchDef;
  xen?: { e820_host?: SwitchDef; passthrough?: { state: boolean; mode?: 'sync_pt' | 'share_pt' } };
  cfpc?: { value: 'broken' | 'workaround' | 'fixed' };
  sbbc?: { value: 'broken' | 'workaround' | 'fixed' };
  ibs?: { value: 'broken' | 'workaround' | 'fixed-ibs' | 'fixed-ccd' | 'fixed-na' };
  tcg?: { 'tb-cache'?: number };
}

/** `<name state='on'/>`; for some features the attribute may be absent and then means on. */
const toggle = (name: string, assumed = false): Field<SwitchDef, true> =>
  child(part(name, { state: assumed ? attrOr(onOff, true) : req(onOff) }));

/** A feature of which one attribute says everything: without it nothing is said. */
const setting = <T, K extends string>(name: string, key: K, scalar: Scalar<T>): Field<Record<K, T>, true> =>
  child(part(name, { [key]: attr(scalar) }) as unknown as ElementCodec<Record<K, T>>, { emptyIsAbsent: true });

function toggles<const K extends string>(names: readonly K[]): Record<K, Field<SwitchDef, true>> {
  return Object.fromEntries(names.map((name) => [name, toggle(name)])) as Record<K, Field<SwitchDef, true>>;
}

const switches = toggles(HYPERV_SWITCHES);

const hyperv = elementOf<HypervDef>(
  'hyperv',
  {
    mode: attrOr(oneOf('custom', 'passthrough'), 'custom'),
    relaxed: switches.relaxed,
    vapic: switches.vapic,
    spinlocks: child(
      part(
        'spinlocks',
        { state: req(onOff), retries: attr(uint) },
        {
          after(model, node) {
            if (model.state && model.retries === undefined) throw missingAttribute(node, 'retries');
            if (!model.state) delete model.retries;
          },
        },
      ),
    ),
    vpindex: switches.vpindex,
    runtime: switches.runtime,
    synic: switches.synic,
    stimer: child(
      part(
        'stimer',
        { state: req(onOff), direct: toggle('direct') },
        {
          after(model, node) {
            onlyKnown('unsupported Hyper-V stimer feature: ', ['direct'])(model, node);
            if (model.direct?.state === false) delete model.direct;
          },
        },
      ),
    ),
    reset: switches.reset,
    vendor_id: child(
      part(
        'vendor_id',
        { state: req(onOff), value: attr(str) },
        {
          after(model) {
            if (model.state && model.value === undefined)
              throw wrong("missing 'value' attribute for HyperV feature 'vendor_id'");
            if (model.state && model.value?.includes(',') === true) throw wrong('HyperV vendor_id value is invalid');
            if (!model.state) delete model.value;
          },
        },
      ),
    ),
    frequencies: switches.frequencies,
    reenlightenment: switches.reenlightenment,
    tlbflush: switches.tlbflush,
    ipi: switches.ipi,
    evmcs: switches.evmcs,
    avic: switches.avic,
  },
  {
    keepOpen: true,
    after: onlyKnown('unsupported HyperV Enlightenment feature: ', [
      ...HYPERV_SWITCHES,
      'spinlocks',
      'stimer',
      'vendor_id',
    ]),
  },
);

const KVM_SWITCHES = ['hidden', 'hint-dedicated', 'poll-control', 'pv-ipi'] as const;

const kvm = elementOf<KvmFeaturesDef>(
  'kvm',
  {
    ...toggles(KVM_SWITCHES),
    'dirty-ring': child(
      part(
        'dirty-ring',
        { state: req(onOff), size: attr(uint) },
        {
          after(model, node) {
            if (model.state && model.size === undefined) throw missingAttribute(node, 'size');
            if (!model.state) delete model.size;
          },
        },
      ),
    ),
  },
  { after: onlyKnown('unsupported KVM feature: ', [...KVM_SWITCHES, 'dirty-ring']) },
);

const capabilities = elementOf<CapabilitiesDef>(
  'capabilities',
  {
    policy: attrOr(oneOf('default', 'allow', 'deny'), 'default'),
    ...(Object.fromEntries(LINUX_CAPABILITIES.map((name) => [name, toggle(name, true)])) as object),
  } as unknown as Fields<CapabilitiesDef>,
  {
    after(_model, { children }) {
      for (const { name } of children)
        if (!LINUX_CAPABILITIES.some((known) => known === name))
          throw unsupported(`unexpected capability feature '${name}'`);
    },
    // The usual policy, without exceptions, need not be said.
    before: (model) => (model.policy === 'default' && Object.keys(model).length === 1 ? undefined : model),
  },
);

/** The complaint about a part that no feature has the name of. */
function onlyKnown(complaint: string, known: readonly string[]) {
  return (_model: object, { children }: XmlNode): void => {
    for (const { name, ns } of children) if (ns === '' && !known.includes(name)) throw unsupported(complaint + name);
  };
}

const trouble = oneOf('broken', 'workaround', 'fixed');

export const features: ElementCodec<FeaturesDef> = elementOf<FeaturesDef>(
  'features',
  {
    acpi: flag(),
    apic: child(part('apic', { eoi: attr(onOff) })),
    pae: flag(),
    hap: toggle('hap', true),
    viridian: flag(),
    privnet: flag(),
    hyperv: child(hyperv),
    kvm: child(kvm),
    pvspinlock: toggle('pvspinlock', true),
    capabilities: child(capabilities),
    pmu: toggle('pmu', true),
    vmport: toggle('vmport', true),
    gic: child(part('gic', { version: attr(oneOf('2', '3', 'host')) })),
    smm: child(
      part(
        'smm',
        { state: attrOr(onOff, true), tseg: scaled('MiB', { unset: 0 }) },
        {
          after(smm: { state: boolean; tseg?: number }) {
            if (!smm.state) delete smm.tseg;
          },
        },
      ),
    ),
    ioapic: setting('ioapic', 'driver', oneOf('qemu', 'kvm')),
    hpt: child(part('hpt', { resizing: attr(oneOf('enabled', 'disabled', 'required')), maxpagesize: scaled('KiB') }), {
      emptyIsAbsent: true,
    }),
    vmcoreinfo: toggle('vmcoreinfo', true),
    htm: toggle('htm'),
    'nested-hv': toggle('nested-hv'),
    msrs: child(part('msrs', { unknown: req(oneOf('ignore', 'fault')) })),
    'ccf-assist': toggle('ccf-assist'),
    xen: child(
      part(
        'xen',
        {
          e820_host: toggle('e820_host'),
          passthrough: child(part('passthrough', { state: req(onOff), mode: attr(oneOf('sync_pt', 'share_pt')) })),
        },
        { after: onlyKnown('unsupported Xen feature: ', ['e820_host', 'passthrough']) },
      ),
    ),
    cfpc: setting('cfpc', 'value', trouble),
    sbbc: setting('sbbc', 'value', trouble),
    ibs: setting('ibs', 'value', oneOf('broken', 'workaround', 'fixed-ibs', 'fixed-ccd', 'fixed-na')),
    tcg: child(part('tcg', { 'tb-cache': scaled('KiB', { name: 'tb-cache' }) }), { emptyIsAbsent: true }),
  },
  {
    omitEmpty: true,
    after(_model, { children }) {
      for (const { name, ns } of children)
        if (ns === '' && !names().has(name)) throw unsupported(`unexpected feature '${name}'`);
    },
  },
);

let known: ReadonlySet<string> | undefined;
const names = (): ReadonlySet<string> => (known ??= new Set(features.describe().fields.map(({ name }) => name)));
