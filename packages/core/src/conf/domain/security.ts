import {
  attr,
  type ElementCodec,
  elementOf,
  hex,
  leaf,
  list,
  oneOf,
  onOff,
  part,
  req,
  reqLeaf,
  str,
  uint,
  variants,
  yesNo,
} from '../xml/index.js';

/** virDomainSecDef */
export type LaunchSecurityDef =
  | {
      type: 'sev';
      kernelHashes?: boolean;
      cbitpos?: number;
      reducedPhysBits?: number;
      policy: number;
      dhCert?: string;
      session?: string;
    }
  | { type: 's390-pv' };

export const launchSecurity: ElementCodec<LaunchSecurityDef> = elementOf<LaunchSecurityDef>(
  'launchSecurity',
  variants('type', {
    sev: {
      kernelHashes: attr(yesNo),
      cbitpos: leaf(uint),
      reducedPhysBits: leaf(uint),
      policy: reqLeaf(hex(4)),
      dhCert: leaf(str),
      session: leaf(str),
    },
    's390-pv': {},
  }),
);

/** virDomainKeyWrapDef */
export interface KeywrapDef {
  cipher: { name: 'aes' | 'dea'; state: boolean }[];
}

export const keywrap: ElementCodec<KeywrapDef> = part(
  'keywrap',
  { cipher: list(part('cipher', { name: req(oneOf('aes', 'dea')), state: req(onOff) })) },
  { omitEmpty: true },
);
