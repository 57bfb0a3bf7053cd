import {
  child,
  type ElementCodec,
  elementOf,
  type Field,
  type Fields,
  formatDocument,
  leaf,
  leaves,
  list,
  parseDocument,
  part,
  req,
  reqChild,
  reqLeaf,
  str,
  text,
  uint,
  ulong,
  yesNo,
} from '../xml/index.js';
import { cpuCaps } from './cpu-modes.js';
import type {
  DeviceCaps,
  DiskCaps,
  DomainCapabilities,
  FeatureCaps,
  HostdevCaps,
  LoaderCaps,
  OsCaps,
  SevCaps,
  SgxCaps,
  Supported,
  TpmCaps,
} from './domain-capabilities-def.js';
import { enumField } from './enum-field.js';

/** An element that says whether something is supported, and only if it is gives details. */
function capsOf<T extends Supported>(name: string, fields: Fields<Omit<T, 'supported'>>): ElementCodec<T> {
  const all = { supported: req(yesNo), ...fields } as unknown as Fields<T>;
  return elementOf<T>(name, all, { before: (model) => (model.supported ? model : ({ supported: false } as T)) });
}

/** The same for a single list of values */
function enumCaps<K extends string>(element: string, name: K): Field<Supported & { [P in K]?: string[] }, true> {
  return child(capsOf(element, { [name]: enumField(name) } as never));
}

const plain = (name: string): Field<Supported, true> => child(capsOf<Supported>(name, {}), { name });

const loader = capsOf<LoaderCaps>('loader', {
  value: leaves(str),
  type: enumField('type'),
  readonly: enumField('readonly'),
  secure: enumField('secure'),
});

const devices = elementOf<DeviceCaps>('devices', {
  disk: child(
    capsOf<DiskCaps>('disk', {
      diskDevice: enumField('diskDevice'),
      bus: enumField('bus'),
      model: enumField('model'),
    }),
  ),
  graphics: enumCaps('graphics', 'type'),
  video: enumCaps('video', 'modelType'),
  hostdev: child(
    capsOf<HostdevCaps>('hostdev', {
      mode: enumField('mode'),
      startupPolicy: enumField('startupPolicy'),
      subsysType: enumField('subsysType'),
      capsType: enumField('capsType'),
      pciBackend: enumField('pciBackend'),
    }),
  ),
  rng: child(
    capsOf<NonNullable<DeviceCaps['rng']>>('rng', {
      model: enumField('model'),
      backendModel: enumField('backendModel'),
    }),
  ),
  filesystem: enumCaps('filesystem', 'driverType'),
  tpm: child(
    capsOf<TpmCaps>('tpm', {
      model: enumField('model'),
      backendModel: enumField('backendModel'),
      backendVersion: enumField('backendVersion'),
    }),
  ),
  redirdev: enumCaps('redirdev', 'bus'),
  channel: enumCaps('channel', 'type'),
});

const section = part('section', { node: req(uint), size: req(ulong), unit: req(str) });

const features = elementOf<FeatureCaps>('features', {
  gic: enumCaps('gic', 'version'),
  vmcoreinfo: plain('vmcoreinfo'),
  genid: plain('genid'),
  backingStoreInput: plain('backingStoreInput'),
  backup: plain('backup'),
  s390Pv: plain('s390-pv'),
  sev: child(
    capsOf<SevCaps>('sev', {
      cbitpos: leaf(uint),
      reducedPhysBits: leaf(uint),
      maxGuests: leaf(uint),
      maxESGuests: leaf(uint),
    }),
  ),
  sgx: child(
    capsOf<SgxCaps>('sgx', {
      flc: leaf(yesNo),
      sgx1: leaf(yesNo),
      sgx2: leaf(yesNo),
      section_size: child(part('section_size', { unit: req(str), size: text(ulong) })),
      sections: child(part('sections', { section: list(section) })),
    }),
  ),
  hyperv: enumCaps('hyperv', 'features'),
});

const domainCapabilities = elementOf<DomainCapabilities>('domainCapabilities', {
  path: reqLeaf(str),
  domain: reqLeaf(str),
  machine: leaf(str),
  arch: reqLeaf(str),
  vcpu: child(part('vcpu', { max: req(uint) })),
  iothreads: plain('iothreads'),
  os: reqChild(capsOf<OsCaps>('os', { firmware: enumField('firmware'), loader: child(loader) })),
  cpu: reqChild(cpuCaps),
  memoryBacking: enumCaps('memoryBacking', 'sourceType'),
  devices: reqChild(devices),
  features: reqChild(features),
});

/** virDomainCapsFormat */
export function formatDomainCapabilities(caps: DomainCapabilities): string {
  return formatDocument(domainCapabilities, caps);
}

/** Reads what virConnectGetDomainCapabilities returns. */
export function parseDomainCapabilities(xml: string): DomainCapabilities {
  return parseDocument(domainCapabilities, xml);
}
