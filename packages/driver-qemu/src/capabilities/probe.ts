import { statSync } from 'node:fs';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { probeCapabilities } from './dialogue/probe-capabilities.js';
import { type LiveSession, openLiveSession } from './live-session.js';
import type { QemuCaps } from './qemu-caps.js';

/** Tells whether a file is still the one that was looked at. */
export interface BinaryIdentity {
  readonly path: string;
  /** Nanoseconds since the epoch, as text. */
  readonly mtime: string;
  readonly ctime: string;
  readonly size: string;
}

/**
 * Identity of an emulator's binary; SYSTEM_ERROR when there is none. Every definition asks for it, and a look takes less
 * time than handing it to another thread.
 */
export function binaryIdentity(path: string): BinaryIdentity {
  try {
    const { mtimeNs, ctimeNs, size } = statSync(path, { bigint: true });
    return { path, mtime: `${mtimeNs}`, ctime: `${ctimeNs}`, size: `${size}` };
  } catch (error) {
    throw LibvirtError.system(
      ErrorDomain.QEMU,
      `Cannot check QEMU binary ${path}`,
      error,
      'is the emulator installed?',
    );
  }
}

export interface ProbeOptions {
  /** False keeps QEMU from using KVM, because guests cannot run on it here. */
  readonly kvm: boolean;
  /** Marks the processes, so that they can be found if this host dies meanwhile. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Asks an emulator what it can do, in one or two processes that end with the probe. */
export async function probeBinary(identity: BinaryIdentity, { kvm, env, signal }: ProbeOptions): Promise<QemuCaps> {
  const sessions: LiveSession[] = [];
  const open = async (accel: string) => {
    const session = await openLiveSession(identity.path, { accel, env, signal });
    sessions.push(session);
    return session;
  };
  try {
    const primary = await open(kvm ? 'kvm:tcg' : 'tcg');
    return await probeCapabilities(
      { binary: identity.path, primary, tcg: () => open('tcg') },
      { binaryTime: Number(BigInt(identity.ctime) / 1_000_000_000n) },
    );
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}
