import { createCipheriv, randomBytes } from 'node:crypto';
import type { SealedSecret } from '../command/index.js';

/** Bytes of the key that QEMU gets in a file, and of the vector that makes equal secrets look different. */
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** qemuDomainMasterKeyCreate: the key of one run. */
export const newMasterKey = (): Buffer => randomBytes(KEY_BYTES);

/** qemuDomainSecretAESSetup: a secret that others who see the command line cannot read. */
export function sealSecret(key: Uint8Array, value: Uint8Array): SealedSecret {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const data = Buffer.concat([cipher.update(value), cipher.final()]);
  return { data: data.toString('base64'), iv: iv.toString('base64') };
}
