import {
  type CpuCaps,
  cpuModelNames,
  cpuModelVendor,
  type DomainCapabilities,
  findCpuDriver,
} from '@virtkit/core/conf';
import type { FirmwareDescriptor } from '../firmware/descriptor.js';
import { supportedFirmware } from '../firmware/supported-firmware.js';
import { deviceCapabilities } from './domain-device-capabilities.js';
import { featureCapabilities } from './domain-feature-capabilities.js';
import { type CpuHost, hostModelCpu } from './host-model.js';
import { isNativeGuest } from './machine-families.js';
import type { QemuCaps } from './qemu-caps.js';

/** What besides QEMU decides on a guest's possibilities */
export interface DomainCapsHost extends CpuHost {
  /** Descriptors of the installed firmware */
  firmware: readonly FirmwareDescriptor[];
  /** Images to report for machines that no descriptor is for */
  loaders: readonly string[];
  /** Images to report whatever the descriptors say */
  fixedLoaders?: readonly string[];
  /** Whether devices can be passed through by VFIO */
  vfio: boolean;
  /** TPM versions that swtpm offers; undefined where there is no swtpm */
  swtpm?: readonly string[];
  /** Most guests with SEV, and with SEV-ES, that the processor can have */
  sevGuests?: { max: number; maxEs: number };
  /** Most vCPUs that KVM allows a guest */
  kvmMaxVcpus?: number;
}

/** What is asked for: a canonical machine of a type of domain */
export interface DomainCapsSubject {
  emulator: string;
  arch: string;
  virtType: string;
  machine: string;
}

/** virQEMUCapsFillDomainCaps */
export function qemuDomainCapabilities(
  caps: QemuCaps,
  subject: DomainCapsSubject,
  host: DomainCapsHost,
): DomainCapabilities {
  const { virtType, machine, arch } = subject;
  const firmware = supportedFirmware(host.firmware, arch, machine);
  const loaders = firmware.images.length > 0 ? firmware.images : [...host.loaders];
  const cpuLimit = caps.machine(virtType, machine)?.maxCpus ?? 0;
  const max = virtType === 'kvm' ? Math.min(cpuLimit, host.kvmMaxVcpus ?? cpuLimit) : cpuLimit;
  return {
    path: subject.emulator,
    domain: virtType,
    machine,
    arch,
    vcpu: { max },
    iothreads: { supported: caps.has('iothread') },
    os: {
      supported: true,
      firmware: firmware.auto,
      loader: {
        supported: true,
        value: [...(host.fixedLoaders ?? loaders)],
        type: ['rom', 'pflash'],
        readonly: ['yes', 'no'],
        secure: firmware.secure ? ['yes', 'no'] : ['no'],
      },
    },
    cpu: cpuCapabilities(caps, subject, host),
    memoryBacking: {
      supported: true,
      sourceType: ['file', 'anonymous', ...(caps.has('memory-backend-memfd') ? ['memfd'] : [])],
    },
    devices: deviceCapabilities(caps, subject, host),
    features: featureCapabilities(caps, subject, host),
  };
}

function cpuCapabilities(caps: QemuCaps, { virtType, arch }: DomainCapsSubject, host: DomainCapsHost): CpuCaps {
  const accelerated = virtType === 'kvm' || virtType === 'hvf';
  const hostModel = hostModelCpu(caps, virtType, host);
  const models = customModels(caps, virtType, arch);
  return {
    hostPassthrough: {
      supported: accelerated && isNativeGuest(host.arch, caps.arch),
      hostPassthroughMigratable: caps.has('cpu.migratable') ? ['on', 'off'] : ['off'],
    },
    maximum: { supported: caps.has('cpu-max'), maximumMigratable: ['on', 'off'] },
    hostModel:
      hostModel === undefined
        ? { supported: false, feature: [] }
        : {
            supported: true,
            ...(hostModel.model !== undefined && { model: hostModel.model }),
            ...(hostModel.vendor !== undefined && { vendor: hostModel.vendor }),
            feature: hostModel.feature,
          },
    custom: { supported: models !== undefined, model: models ?? [] },
  };
}

/** QEMU's models that libvirt knows too, where it knows any of the architecture; `host` is a mode of its own */
function customModels(caps: QemuCaps, virtType: string, arch: string): CpuCaps['custom']['model'] | undefined {
  if (findCpuDriver(arch) === undefined) return undefined;
  const known = cpuModelNames(arch);
  const allowed = known === undefined ? undefined : new Set(known);
  return caps
    .cpuModels(virtType)
    ?.filter(({ name }) => name !== 'host' && allowed?.has(name) !== false)
    .map(({ name, usable, deprecated }) => ({
      usable,
      ...(deprecated === true && { deprecated }),
      vendor: cpuModelVendor(arch, name) ?? 'unknown',
      name,
    }));
}
