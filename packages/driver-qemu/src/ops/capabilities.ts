import { ARCH_NAMES, cpuModelNames, formatDomainCapabilities } from '@virtkit/core/conf';
import type { ConnectOps } from '@virtkit/core/driver';
import { HOST_ARCH, lookupCaps, qemuDomainCapabilities } from '../capabilities/index.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

export const capabilityOps = (host: QemuHost) => {
  const capsOf = (emulator: string) => host.capsOf(emulator);
  const kvmUsable = async (emulator: string) => (await host.caps.kvm(emulator)).usable;
  return {
    async connectGetDomainCapabilities(emulator, arch, machine, virtType) {
      const query = {
        emulator: emulator ?? undefined,
        arch: arch ?? undefined,
        machine: machine ?? undefined,
        virtType: virtType ?? undefined,
      };
      const find = await host.facts.programs();
      const [{ caps, subject }, facts] = await Promise.all([
        lookupCaps(query, { host: HOST_ARCH, find, capsOf, kvmUsable }),
        host.facts.read(),
      ]);
      return formatDomainCapabilities(qemuDomainCapabilities(caps, subject, facts));
    },

    connectGetCPUModelNames(arch) {
      if (!ARCH_NAMES.has(arch)) throw invalidArg(`cannot find architecture ${arch}`);
      return cpuModelNames(arch) ?? [];
    },
  } satisfies ConnectOps;
};
