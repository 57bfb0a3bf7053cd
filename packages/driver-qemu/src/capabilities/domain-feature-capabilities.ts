import type { FeatureCaps, SevCaps, SgxCaps } from '@virtkit/core/conf';
import type { DomainCapsHost, DomainCapsSubject } from './domain-capabilities.js';
import { isArmVirt, isS390 } from './machine-families.js';
import type { QemuCaps } from './qemu-caps.js';

/** The features part of virQEMUCapsFillDomainCaps */
export function featureCapabilities(caps: QemuCaps, subject: DomainCapsSubject, host: DomainCapsHost): FeatureCaps {
  const gic = gicVersions(caps, subject);
  return {
    gic: { supported: gic.length > 0, version: gic },
    vmcoreinfo: { supported: caps.has('vmcoreinfo') },
    genid: { supported: caps.has('vmgenid') },
    backingStoreInput: { supported: true },
    backup: { supported: caps.has('incremental-backup') },
    ...(isS390(subject.arch) && {
      s390Pv: { supported: caps.has('s390-pv-guest') && caps.data.kvmSupportsSecureGuest === true },
    }),
    sev: sev(caps, host),
    sgx: sgx(caps),
    ...(caps.data.hyperv !== undefined && { hyperv: { supported: true, features: caps.data.hyperv } }),
  };
}

/** An interrupt controller that KVM has in the kernel, or TCG emulates; only the virt boards let one choose */
function gicVersions(caps: QemuCaps, { machine, arch, virtType }: DomainCapsSubject): string[] {
  if (!isArmVirt(machine, arch)) return [];
  return caps.data.gic
    .filter((gic) => (virtType === 'kvm' ? gic.kernel : gic.emulated))
    .map((gic) => gic.version)
    .sort((a, b) => a - b)
    .map(String);
}

function sev(caps: QemuCaps, host: DomainCapsHost): SevCaps {
  const found = caps.data.sev;
  if (found === undefined) return { supported: false };
  return {
    supported: true,
    cbitpos: found.cbitpos,
    reducedPhysBits: found.reducedPhysBits,
    maxGuests: host.sevGuests?.max ?? 0,
    maxESGuests: host.sevGuests?.maxEs ?? 0,
  };
}

function sgx(caps: QemuCaps): SgxCaps {
  const found = caps.data.sgx;
  if (found === undefined) return { supported: false };
  const unit = 'KiB';
  return {
    supported: true,
    flc: found.flc,
    sgx1: found.sgx1,
    sgx2: found.sgx2,
    section_size: { unit, size: found.sectionSize },
    ...(found.sections.length > 0 && {
      sections: { section: found.sections.map(({ node, size }) => ({ node, size, unit })) },
    }),
  };
}
