import type { BlockImage } from '../block/index.js';
import type { ArgList } from './arg-list.js';
import type { CommandContext } from './context.js';

/** The key under which all secrets of this run are sealed. */
export const MASTER_KEY = 'masterKey0';

/** A secret that QEMU is to know by this id. */
export function addSecret(args: ArgList, context: CommandContext, id: string): void {
  const { data, iv } = context.sealSecret(id);
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
  if (secrets.auth !== undefined) addSecret(args, context, secrets.auth);
  if (secrets.encryption !== undefined) addSecret(args, context, secrets.encryption);
  if (secrets.cookies !== undefined) addSecret(args, context, secrets.cookies);
  if (secrets.tls !== undefined && source.type === 'network' && source.source !== undefined) {
    const dir = context.tls.blockDir(source.source) ?? '';
    const password = context.tls.blockSecret(source.source) ? `${secrets.tls}-secret0` : undefined;
    if (password !== undefined) addSecret(args, context, password);
    addTlsCreds(args, secrets.tls, dir, 'client', true, password);
  }
}
