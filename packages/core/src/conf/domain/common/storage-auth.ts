import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  list,
  nonEmpty,
  oneOf,
  part,
  req,
  str,
  uint,
  uuid,
} from '../../xml/index.js';
import { wrong } from './problems.js';

/** virSecretLookupTypeDef: a secret by its UUID or by its usage. */
export interface SecretRef {
  type?: string;
  uuid?: string;
  usage?: string;
}

/** virStorageAuthDef */
export interface StorageAuthDef {
  username: string;
  secret?: SecretRef;
}

function secretRef(): ElementCodec<SecretRef> {
  return elementOf<SecretRef>(
    'secret',
    { type: attr(str), uuid: attr(uuid), usage: attr(str) },
    {
      after(secret) {
        if (secret.uuid === undefined && secret.usage === undefined)
          throw wrong('missing secret uuid or usage attribute: say which secret is meant');
        if (secret.uuid !== undefined && secret.usage !== undefined)
          throw wrong('either secret uuid or usage expected: give only one of them');
      },
    },
  );
}

export const secret = secretRef();

const noUser = () => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, 'missing username for auth');

export const storageAuth: ElementCodec<StorageAuthDef> = elementOf<StorageAuthDef>(
  'auth',
  {
    username: req(nonEmpty, { missing: () => noUser(), invalid: () => noUser() }),
    secret: child(secret),
  },
  {
    after(auth) {
      if (auth.secret === undefined)
        throw new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, 'Missing <secret> element in auth');
    },
  },
);

/** virStorageEncryption */
export interface StorageEncryptionDef {
  format: 'default' | 'qcow' | 'luks' | 'luks2' | 'luks-any';
  engine?: 'qemu' | 'librbd';
  secret: { type: 'passphrase'; uuid?: string; usage?: string }[];
  cipher?: { name: string; size: number; mode?: string; hash?: string };
  ivgen?: { name: string; hash?: string };
}

export const storageEncryption: ElementCodec<StorageEncryptionDef> = elementOf<StorageEncryptionDef>('encryption', {
  format: req(oneOf('default', 'qcow', 'luks', 'luks2', 'luks-any'), {
    missing: () => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, 'unknown volume encryption format'),
    invalid: (value) =>
      value === ''
        ? new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, 'unknown volume encryption format')
        : new LibvirtError(
            ErrorCode.CONFIG_UNSUPPORTED,
            ErrorDomain.STORAGE,
            `unknown volume encryption format type ${value}`,
          ),
  }),
  engine: attr(oneOf('qemu', 'librbd')),
  secret: list(
    elementOf<StorageEncryptionDef['secret'][number]>(
      'secret',
      {
        type: req(oneOf('passphrase'), {
          invalid: (value) =>
            new LibvirtError(
              ErrorCode.CONFIG_UNSUPPORTED,
              ErrorDomain.STORAGE,
              `unknown volume encryption secret type ${value}`,
            ),
        }),
        uuid: attr(uuid),
        usage: attr(str),
      },
      {
        after(model) {
          if ((model.uuid === undefined) === (model.usage === undefined))
            throw wrong('either secret uuid or usage expected: an encryption secret needs exactly one of them');
        },
      },
    ),
  ),
  cipher: child(part('cipher', { name: req(str), size: req(uint), mode: attr(str), hash: attr(str) })),
  ivgen: child(part('ivgen', { name: req(str), hash: attr(str) })),
});
