import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { attr, child, elementOf, list, oneOf, part, req, str, uint } from '../xml/index.js';
import { checkSecretReference } from './auth.js';
import { storageUnsupported } from './problems.js';

/** virStorageEncryptionSecret */
export interface EncryptionSecret {
  type: 'passphrase';
  uuid?: string;
  usage?: string;
}

/** virStorageEncryptionInfoDef: how LUKS encrypts. */
export interface EncryptionCipher {
  name: string;
  size: number;
  mode?: string;
  hash?: string;
}

/** virStorageEncryption */
export interface VolumeEncryption {
  format: 'default' | 'qcow' | 'luks' | 'luks2' | 'luks-any';
  engine?: 'qemu' | 'librbd';
  secret: EncryptionSecret[];
  cipher?: EncryptionCipher;
  ivgen?: { name: string; hash?: string };
}

const problem = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, detail);

const secret = elementOf<EncryptionSecret>(
  'secret',
  {
    type: req(oneOf('passphrase'), {
      emptyIsAbsent: true,
      missing: () => problem('unknown volume encryption secret type'),
      invalid: (value) => storageUnsupported(`unknown volume encryption secret type ${value}`),
    }),
    uuid: attr(str),
    usage: attr(str),
  },
  { after: checkSecretReference },
);

/** `<encryption>` of volumes and disks */
export const volumeEncryption = elementOf<VolumeEncryption>(
  'encryption',
  {
    format: req(oneOf('default', 'qcow', 'luks', 'luks2', 'luks-any'), {
      emptyIsAbsent: true,
      missing: () => problem('unknown volume encryption format'),
      invalid: (value) => storageUnsupported(`unknown volume encryption format type ${value}`),
    }),
    engine: attr(oneOf('qemu', 'librbd')),
    secret: list(secret),
    cipher: child(
      part('cipher', {
        name: req(str, { missing: () => problem("cipher info missing 'name' attribute") }),
        size: req(uint, {
          missing: () => problem("cipher info missing 'size' attribute"),
          invalid: (value) => problem(`cannot parse cipher size: '${value}'`),
        }),
        mode: attr(str),
        hash: attr(str),
      }),
    ),
    ivgen: child(
      part('ivgen', {
        name: req(str, { missing: () => problem("missing 'name' attribute of <ivgen>") }),
        hash: attr(str),
      }),
    ),
  },
  {
    keepOpen: true,
    after(model) {
      if (model.format !== 'luks' && model.format !== 'luks2' && model.format !== 'luks-any') {
        // Other formats have nothing to choose.
        delete model.cipher;
        delete model.ivgen;
      } else if (model.ivgen !== undefined && model.cipher === undefined)
        throw problem('ivgen element found, but cipher is missing');
    },
  },
);
