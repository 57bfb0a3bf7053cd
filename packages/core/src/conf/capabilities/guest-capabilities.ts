import {
  attr,
  child,
  elementOf,
  flag,
  leaf,
  list,
  onOff,
  req,
  reqChild,
  reqLeaf,
  str,
  text,
  uint,
  yesNo,
} from '../xml/index.js';

/** virCapsGuestMachine */
export interface GuestMachineCaps {
  /** The machine that the name stands for */
  canonical?: string;
  maxCpus?: number;
  deprecated?: boolean;
  name: string;
}

/** virCapsGuestDomain: what differs from the architecture's own for one type of domain */
export interface GuestDomainCaps {
  type: string;
  emulator?: string;
  loader?: string;
  machine: GuestMachineCaps[];
}

/** virCapsGuestArch */
export interface GuestArchCaps {
  name: string;
  wordsize: number;
  emulator?: string;
  loader?: string;
  machine: GuestMachineCaps[];
  domain: GuestDomainCaps[];
}

/** A feature that is on or off unless the domain says otherwise, and may be switched or not */
export interface GuestFeatureToggle {
  default: boolean;
  toggle: boolean;
}

export interface GuestFeatureCaps {
  pae?: true;
  nonpae?: true;
  ia64_be?: true;
  acpi?: GuestFeatureToggle;
  apic?: GuestFeatureToggle;
  cpuselection?: true;
  deviceboot?: true;
  disksnapshot?: GuestFeatureToggle;
  hap?: GuestFeatureToggle;
}

/** virCapsGuest: guests of one kind that a connection can run */
export interface GuestCaps {
  osType: string;
  arch: GuestArchCaps;
  features?: GuestFeatureCaps;
}

const machine = elementOf<GuestMachineCaps>('machine', {
  canonical: attr(str),
  maxCpus: attr(uint),
  deprecated: attr(yesNo),
  name: text(str),
});

const domain = elementOf<GuestDomainCaps>('domain', {
  type: req(str),
  emulator: leaf(str),
  loader: leaf(str),
  machine: list(machine),
});

const arch = elementOf<GuestArchCaps>('arch', {
  name: req(str),
  wordsize: reqLeaf(uint),
  emulator: leaf(str),
  loader: leaf(str),
  machine: list(machine),
  domain: list(domain),
});

const toggle = (name: string) =>
  child(elementOf<GuestFeatureToggle>(name, { default: req(onOff), toggle: req(yesNo) }));

const features = elementOf<GuestFeatureCaps>('features', {
  pae: flag(),
  nonpae: flag(),
  ia64_be: flag(),
  acpi: toggle('acpi'),
  apic: toggle('apic'),
  cpuselection: flag(),
  deviceboot: flag(),
  disksnapshot: toggle('disksnapshot'),
  hap: toggle('hap'),
});

/** `<guest>` of capabilities */
export const guestCapsElement = elementOf<GuestCaps>('guest', {
  osType: reqLeaf(str, { name: 'os_type' }),
  arch: reqChild(arch),
  features: child(features),
});
