import type { SecretRef, StorageSource } from '@virtkit/core/conf';
import type { BlockImage } from '../block/index.js';
import type { ArgList } from './arg-list.js';
import type { CommandContext } from './context.js';

/** The key under which all secrets of this run are sealed. */
export const MASTER_KEY = 'masterKey0';

/** A secret that QEMU is to know by this id. */
export function addSecret(
  args: ArgList,
  context: CommandContext,
  id: string,
  what?: SecretRef | { readonly text: string },
): void {
  const { data, iv } = context.sealSecret(id, what);
  args.object({ 'qom-type': 'secret', id, data, keyid: MASTER_KEY, iv, format: 'base64' });
}

/** Credentials of a TLS endpoint. */
export function addTlsCreds(
  args: ArgList,
  id: string,
  dir: string,
  endpoint: 'client' | 'server',
  verifyPeer: boolean,
  password?: string,
): void {
  args.object({
    'qom-type': 'tls-creds-x509',
    id,
    dir,
    endpoint,
    'verify-peer': verifyPeer,
    ...(password !== undefined && { passwordid: password }),
  });
}

/** Cookies of an HTTP source, as a browser would send them. */
function cookieLine(source: StorageSource): string {
  const cookies = source.type === 'network' ? (source.source?.cookies?.cookie ?? []) : [];
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Objects that an image's nodes refer to. */
export function addImageObjects(args: ArgList, image: BlockImage, context: CommandContext): void {
  const { secrets, source } = image;
  const reservations = source.source?.reservations;
  if (image.reservations !== undefined && reservations !== undefined && !reservations.managed)
    args.object({
      'qom-type': 'pr-manager-helper',
      id: image.reservations,
      path: reservations.source?.path,
    });
  if (secrets.auth !== undefined) addSecret(args, context, secrets.auth, source.source?.auth?.secret);
  if (secrets.encryption !== undefined) addSecret(args, context, secrets.encryption, image.encryption?.secret[0]);
  if (secrets.cookies !== undefined) addSecret(args, context, secrets.cookies, { text: cookieLine(source) });
  if (secrets.tls !== undefined && source.type === 'network' && source.source !== undefined) {
    const dir = context.tls.blockDir(source.source) ?? '';
    const password = context.tls.blockSecret(source.source) ? `${secrets.tls}-secret0` : undefined;
    if (password !== undefined) addSecret(args, context, password);
    addTlsCreds(args, secrets.tls, dir, 'client', true, password);
  }
}
