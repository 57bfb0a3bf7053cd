import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ConnectOps } from '@virtkit/core/driver';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { HOST_ARCH } from '../capabilities/index.js';
import { DEFAULT_EMULATOR } from '../domain/defaults.js';
import { configUnsupported, invalidArg } from '../errors.js';
import { readSmbios } from '../host/smbios.js';
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

/** What KVM is said to offer where it does not tell (KVM_CAP_NR_VCPUS in the kernel's documentation). */
const UNTOLD = 4;
const KVM_DEVICE = [10, 232] as const;

/** virHostCPUGetKVMMaxVCPUs; only an ioctl would tell for sure. Raises SYSTEM_ERROR without the device. */
function kvmVcpus(): number {
  let device;
  try {
    device = statSync('/dev/kvm').rdev;
  } catch (error) {
    throw LibvirtError.system(ErrorDomain.NONE, 'Unable to open /dev/kvm', error);
  }
  // Something else in its place answers no questions.
  const [major, minor] = KVM_DEVICE;
  return device === ((major << 8) | minor) ? (MAX_VCPUS_KVM[HOST_ARCH] ?? 512) : UNTOLD;
}

function maxVcpus(type: string): number {
  switch (type.toLowerCase()) {
    case 'qemu':
      return MAX_VCPUS_QEMU;
    case 'kvm':
      return kvmVcpus();
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
    connectGetSysinfo: async (flags) => {
      if (flags !== 0)
        throw invalidArg(`unsupported flags (0x${flags.toString(16)}) in function qemuConnectGetSysinfo`);
      const document = await readSmbios(host.reader);
      if (document === undefined) throw configUnsupported('Host SMBIOS information is not available');
      return document;
    },
    connectIsAlive: () => true,
    connectIsEncrypted: () => false,
    connectIsSecure: () => true,
  }) satisfies ConnectOps & { connectGetType(): string };
