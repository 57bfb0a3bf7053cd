import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  flag,
  oneOf,
  part,
  req,
  reqChild,
  str,
  uint,
  uuid,
  variants,
  yesNo,
} from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { internal, unsupported, wrong } from '../common/problems.js';

export type TpmBackendDef =
  | { type: 'passthrough'; device?: { path: string } }
  | {
      type: 'emulator';
      version?: '1.2' | '2.0';
      persistent_state?: boolean;
      debug?: number;
      encryption?: { secret: string };
      active_pcr_banks?: { sha1?: true; sha256?: true; sha384?: true; sha512?: true };
    }
  | { type: 'external'; source: { type: 'unix'; mode?: 'connect' | 'bind'; path?: string } };

/** virDomainTPMDef */
export interface TpmDef extends DeviceInfo {
  model?: 'tpm-tis' | 'tpm-crb' | 'tpm-spapr' | 'spapr-tpm-proxy';
  backend: TpmBackendDef;
}

const PCR_BANKS = new Set(['sha1', 'sha256', 'sha384', 'sha512']);

const noType = () => wrong('missing external TPM backend type');
const source = part('source', {
  type: req(oneOf('unix'), { missing: noType }),
  mode: attr(oneOf('connect', 'bind')),
  path: req(str, { missing: () => wrong('missing socket path for external TPM device') }),
});

const backend = elementOf<TpmBackendDef>(
  'backend',
  variants('type', {
    passthrough: {
      device: child(part('device', { path: attr(str, { emptyIsAbsent: true }) }) as ElementCodec<{ path: string }>, {
        emptyIsAbsent: true,
      }),
    },
    emulator: {
      version: attr(oneOf('1.2', '2.0')),
      persistent_state: attr(yesNo, {
        unset: false,
        invalid: () => internal("Invalid persistent_state value, either 'yes' or 'no'"),
      }),
      debug: attr(uint),
      encryption: child(part('encryption', { secret: attr(uuid) }) as ElementCodec<{ secret: string }>, {
        emptyIsAbsent: true,
      }),
      active_pcr_banks: child(
        part(
          'active_pcr_banks',
          { sha1: flag(), sha256: flag(), sha384: flag(), sha512: flag() },
          {
            omitEmpty: true,
            after(_banks, { children }) {
              for (const { name } of children)
                if (!PCR_BANKS.has(name)) throw unsupported(`Unsupported PCR banks '${name}'`);
            },
          },
        ),
      ),
    },
    external: { source: reqChild(source, { missing: noType }) },
  }),
);

export const tpm: ElementCodec<TpmDef> = elementOf<TpmDef>('tpm', {
  model: attr(oneOf('tpm-tis', 'tpm-crb', 'tpm-spapr', 'spapr-tpm-proxy')),
  backend: reqChild(backend, {
    missing: () => wrong('missing TPM device backend'),
    twice: () => wrong('only one TPM backend is supported'),
  }),
  ...deviceInfo,
});
