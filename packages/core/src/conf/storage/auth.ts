import { ErrorCode, ErrorDomain, LibvirtError, parseUuid } from '../../util/index.js';
import { attr, custom, elementOf, part, reqChild, req, str } from '../xml/index.js';
import { storageError, storageUnsupported } from './problems.js';

/** virSecretLookupTypeDef: a secret, by its UUID or by what it is used for. */
export interface SecretReference {
  type?: string;
  uuid?: string;
  usage?: string;
}

/** virStorageAuthDef */
export interface PoolAuth {
  type?: 'chap' | 'ceph';
  username: string;
  secret: SecretReference;
}

const problem = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NONE, detail);

/** virSecretLookupParseSecret: one of UUID and usage, not both; the UUID takes its canonical form. */
export function checkSecretReference(reference: SecretReference): void {
  const { uuid, usage } = reference;
  if (uuid === undefined && usage === undefined) throw problem('missing secret uuid or usage attribute');
  if (uuid !== undefined && usage !== undefined) throw problem('either secret uuid or usage expected');
  if (uuid === undefined) return;
  const parsed = parseUuid(uuid);
  if (parsed === undefined) throw problem(`invalid secret uuid '${uuid}'`);
  reference.uuid = parsed;
}

/** `<auth>` of pools and disks */
export const poolAuth = elementOf<PoolAuth>('auth', {
  type: custom<'chap' | 'ceph'>({
    reason: 'the word none stands for an absent type',
    covers: { attributes: ['type'] },
    decode(node) {
      const { type } = node.attrs;
      if (!node.attrs.username) throw storageError('missing username for auth');
      if (type === undefined || type === 'none') return undefined;
      if (type === 'chap' || type === 'ceph') return type;
      throw storageUnsupported(`unknown auth type '${type}'`);
    },
    attrs: (value) => ` type='${value}'`,
  }),
  username: req(str, { missing: () => storageError('missing username for auth') }),
  secret: reqChild(
    part('secret', { type: attr(str), uuid: attr(str), usage: attr(str) }, { after: checkSecretReference }),
    { missing: () => storageError('Missing <secret> element in auth') },
  ),
});
