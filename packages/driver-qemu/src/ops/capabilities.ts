import {
  ARCH_NAMES,
  baselineCpuXml,
  compareCpuXml,
  cpuModelNames,
  formatCapabilities,
  formatDomainCapabilities,
  type HostCaps,
} from '@virtkit/core/conf';
import { type ConnectOps, readHostCapabilities, readHostUuid } from '@virtkit/core/driver';
import {
  compareWithHypervisor,
  HOST_ARCH,
  hypervisorBaseline,
  lookupCaps,
  qemuDomainCapabilities,
  qemuGuestCapabilities,
} from '../capabilities/index.js';
import { ownerLabel } from '../domain/owner.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

/** The model by which guests belong to users, with and without KVM alike. */
function ownership(): HostCaps['secmodel'][number] {
  const label = ownerLabel();
  return { model: 'dac', doi: '0', baselabel: ['kvm', 'qemu'].map((type) => ({ type, label })) };
}

/** What this host and its emulators can do. */
export const capabilityOps = (host: QemuHost) => {
  const capsOf = (emulator: string) => host.capsOf(emulator);
  const kvmUsable = async (emulator: string) => (await host.caps.kvm(emulator)).usable;

  const lookup = async (
    emulator: string | null,
    arch: string | null,
    machine: string | null,
    virtType: string | null,
  ) => {
    const query = {
      emulator: emulator ?? undefined,
      arch: arch ?? undefined,
      machine: machine ?? undefined,
      virtType: virtType ?? undefined,
    };
    return lookupCaps(query, { host: HOST_ARCH, find: await host.facts.programs(), capsOf, kvmUsable });
  };

  const describeHost = async (): Promise<HostCaps> =>
    readHostCapabilities(host.reader, {
      arch: HOST_ARCH,
      uuid: await readHostUuid(host.reader),
      migration: { live: true, uri_transports: { uri_transport: ['tcp', 'rdma'] } },
      securityModels: [{ model: 'none', doi: '0', baselabel: [] }, ...(host.privileged ? [ownership()] : [])],
    });
  const hostCpu = async () => (await describeHost()).cpu;

  return {
    connectGetCapabilities: () =>
      host.capabilityTexts.get('', async () => {
        const onFailure = (emulator: string, error: unknown) =>
          host.log.warning(`${emulator} is left out of the capabilities: ${String(error)}`);
        const find = await host.facts.programs();
        const [described, guest] = await Promise.all([
          describeHost(),
          qemuGuestCapabilities({ host: HOST_ARCH, find, capsOf, kvmUsable, onFailure }),
        ]);
        return formatCapabilities({ host: described, guest });
      }),

    connectGetDomainCapabilities: (emulator, arch, machine, virtType) =>
      host.capabilityTexts.get(JSON.stringify([emulator, arch, machine, virtType]), async () => {
        const [{ caps, subject }, facts, cpu] = await Promise.all([
          lookup(emulator, arch, machine, virtType),
          host.facts.read(),
          hostCpu(),
        ]);
        return formatDomainCapabilities(qemuDomainCapabilities(caps, subject, { ...facts, cpu }));
      }),

    connectGetCPUModelNames(arch) {
      if (!ARCH_NAMES.has(arch)) throw invalidArg(`cannot find architecture ${arch}`);
      return cpuModelNames(arch) ?? [];
    },

    async connectCompareCPU(xml, flags) {
      return compareCpuXml(HOST_ARCH, await hostCpu(), xml, flags);
    },
    connectBaselineCPU: (xmls, flags) => baselineCpuXml(xmls, flags),

    async connectCompareHypervisorCPU(emulator, arch, machine, virtType, xml, flags) {
      const { caps, subject } = await lookup(emulator, arch, machine, virtType);
      const cpuHost = { arch: HOST_ARCH, cpu: await hostCpu() };
      return compareWithHypervisor(caps, subject, cpuHost, xml, flags);
    },
    async connectBaselineHypervisorCPU(emulator, arch, machine, virtType, xmls, flags) {
      const { caps, subject } = await lookup(emulator, arch, machine, virtType);
      return hypervisorBaseline(caps, subject, xmls, flags);
    },
  } satisfies ConnectOps;
};
