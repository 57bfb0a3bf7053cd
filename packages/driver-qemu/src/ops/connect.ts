import { hostname } from 'node:os';
import type { ConnectOps } from '@virtkit/core/driver';
import { DEFAULT_EMULATOR } from '../domain/defaults.js';
import type { QemuHost } from '../host/qemu-host.js';

/** The most vCPUs that a guest without an accelerator, or with KVM, may have. */
const MAX_VCPUS: Readonly<Record<string, number>> = { qemu: 16, kvm: 288 };

export const connectOps = (host: QemuHost) =>
  ({
    connectGetType: () => 'QEMU',
    connectGetVersion: async () => BigInt((await host.capsOf(DEFAULT_EMULATOR)).version),
    connectGetHostname: () => hostname(),
    connectGetMaxVcpus: (type) => MAX_VCPUS[(type ?? 'qemu').toLowerCase()] ?? 16,
    connectIsAlive: () => true,
    connectIsEncrypted: () => false,
    connectIsSecure: () => true,
  }) satisfies ConnectOps & { connectGetType(): string };
