import type { Connect } from '@virtkit/core';
import type { DomainDef, SecretRef } from '@virtkit/core/conf';
import { SecretUsageType } from '@virtkit/core/util';

/** Values of the secrets that a domain refers to. */
export type SecretValues = (ref: SecretRef) => Uint8Array | undefined;

const USAGE: Readonly<Record<string, SecretUsageType>> = {
  passphrase: SecretUsageType.VOLUME,
  ceph: SecretUsageType.CEPH,
  iscsi: SecretUsageType.ISCSI,
  tls: SecretUsageType.TLS,
  vtpm: SecretUsageType.VTPM,
};

const keyOf = ({ uuid, usage, type }: SecretRef): string => uuid ?? `${type ?? ''} ${usage ?? ''}`;

/**
 * Asks the host's secrets for all values that a domain's disks, firmware variables and host devices need, before anything is
 * started. Raises what the secret driver does: NO_SECRET for one that does not exist or has no value.
 */
export async function readSecretValues(def: DomainDef, secrets: () => Promise<Connect>): Promise<SecretValues> {
  const wanted = new Map<string, SecretRef>();
  const want = (ref: SecretRef): unknown => wanted.set(keyOf(ref), ref);
  collectRefs(def.devices.disk, want);
  collectRefs(def.devices.hostdev, want);
  collectRefs(def.os.nvram, want);
  const values = new Map<string, Uint8Array>();
  if (wanted.size > 0) {
    const connect = await secrets();
    try {
      for (const [key, ref] of wanted) values.set(key, await valueOf(connect, ref));
    } finally {
      await connect.close();
    }
  }
  return (ref) => values.get(keyOf(ref));
}

async function valueOf(connect: Connect, { uuid, usage, type }: SecretRef): Promise<Uint8Array> {
  const secret =
    uuid === undefined
      ? await connect.secretLookupByUsage(USAGE[type ?? ''] ?? SecretUsageType.NONE, usage ?? '')
      : await connect.secretLookupByUUID(uuid);
  return secret.getValue(0);
}

/** Finds the references to secrets anywhere below: `<auth>` has one, `<encryption>` may have several. */
function collectRefs(value: unknown, want: (ref: SecretRef) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member !== 'object' || member === null) continue;
    if (name === 'auth' || name === 'encryption') {
      const { secret } = member as { secret?: SecretRef | readonly SecretRef[] };
      if (secret !== undefined) for (const ref of [secret].flat()) want(ref);
    }
    collectRefs(member, want);
  }
}
