import { hostname } from 'node:os';
import type { ConnectOps } from '@virtkit/core/driver';
import { HOST_ARCH } from '../capabilities/index.js';
import { DEFAULT_EMULATOR } from '../domain/defaults.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

/** The most vCPUs that a guest without an accelerator may have, whatever its machine allows. */
const MAX_VCPUS_QEMU = 16;

/** KVM_CAP_MAX_VCPUS of current kernels; only an ioctl would tell that of this one. */
const MAX_VCPUS_KVM: Readonly<Record<string, number>> = {
  x86_64: 1024,
  i686: 1024,
  s390x: 248,
  ppc64: 2048,
  ppc64le: 2048,
};

function maxVcpus(type: string): number {
  switch (type.toLowerCase()) {
    case 'qemu':
      return MAX_VCPUS_QEMU;
    case 'kvm':
      return MAX_VCPUS_KVM[HOST_ARCH] ?? 512;
    default:
      throw invalidArg(`unknown type '${type}'`);
  }
}

export const connectOps = (host: QemuHost) =>
  ({
    connectGetType: () => 'QEMU',
    connectGetVersion: async () => BigInt((await host.capsOf(DEFAULT_EMULATOR)).version),
    connectGetHostname: () => hostname(),
    connectGetMaxVcpus: (type) => maxVcpus(type ?? 'qemu'),
    connectIsAlive: () => true,
    connectIsEncrypted: () => false,
    connectIsSecure: () => true,
  }) satisfies ConnectOps & { connectGetType(): string };
