import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { uuidField } from '../common/index.js';
import {
  child,
  type ConfContext,
  confContext,
  elementOf,
  type Field,
  formatDocument,
  leaf,
  nonEmpty,
  parseDocument,
  reqCustom,
  reqLeaf,
  str,
  variants,
} from '../xml/index.js';

/** virSecretDef's usage: what the secret is for, and for which one. */
export type SecretUsage =
  | { type: 'none' }
  | { type: 'volume'; volume: string }
  | { type: 'ceph'; name: string }
  | { type: 'iscsi'; target: string }
  | { type: 'tls'; name: string }
  | { type: 'vtpm'; name: string };

/** virSecretDef */
export interface SecretDef {
  ephemeral: boolean;
  private: boolean;
  uuid: string;
  description?: string;
  usage?: SecretUsage;
}

const problem = (code: ErrorCode, detail: string): LibvirtError => new LibvirtError(code, ErrorDomain.SECRET, detail);

const yesOrNo = (name: 'ephemeral' | 'private'): Field<boolean, false> =>
  reqCustom<boolean>({
    reason: 'an empty word is the same as none, and a wrong one is an error of the secret subsystem',
    covers: { attributes: [name] },
    decode({ attrs }) {
      const word = attrs[name];
      if (word && word !== 'yes' && word !== 'no') throw problem(ErrorCode.XML_ERROR, `invalid value of '${name}'`);
      return word === 'yes';
    },
    attrs: (value) => ` ${name}='${value ? 'yes' : 'no'}'`,
  });

const named = (name: string, detail: string): Field<string, false> => {
  const missing = (): LibvirtError => problem(ErrorCode.INTERNAL_ERROR, detail);
  return reqLeaf(nonEmpty, { name, missing, invalid: missing });
};

const usage = elementOf<SecretUsage>(
  'usage',
  variants(
    'type',
    {
      none: {},
      volume: { volume: named('volume', 'volume usage specified, but volume path is missing') },
      ceph: { name: named('name', 'Ceph usage specified, but name is missing') },
      iscsi: { target: named('target', 'iSCSI usage specified, but target is missing') },
      tls: { name: named('name', 'TLS usage specified, but name is missing') },
      vtpm: { name: named('name', 'vTPM usage specified, but name is missing') },
    },
    {
      emptyIsAbsent: true,
      missing: () => problem(ErrorCode.XML_ERROR, 'unknown secret usage type'),
      invalid: (value) => problem(ErrorCode.CONFIG_UNSUPPORTED, `unknown secret usage type ${value}`),
    },
  ),
  { before: (model) => (model.type === 'none' ? undefined : model) },
);

export const secretElement = elementOf<SecretDef>('secret', {
  ephemeral: yesOrNo('ephemeral'),
  private: yesOrNo('private'),
  uuid: uuidField(ErrorDomain.SECRET),
  description: leaf(str),
  usage: child(usage),
});

/** What identifies the usage among others of its type; undefined for a secret of no particular use. */
export function secretUsageId(def: SecretDef): string | undefined {
  const { usage: use } = def;
  if (use === undefined || use.type === 'none') return undefined;
  return use.type === 'volume' ? use.volume : use.type === 'iscsi' ? use.target : use.name;
}

/** virSecretDefParse */
export const parseSecret = (text: string, context: ConfContext = confContext()): SecretDef =>
  parseDocument(secretElement, text, context);

/** virSecretDefFormat */
export const formatSecret = (def: SecretDef, context: ConfContext = confContext()): string =>
  formatDocument(secretElement, def, context);
