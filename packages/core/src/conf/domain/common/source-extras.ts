import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import {
  attr,
  child,
  elementOf,
  type Fields,
  list,
  nonEmpty,
  oneOf,
  optList,
  part,
  positive,
  raw,
  req,
  str,
  ulong,
  yesNo,
} from '../../xml/index.js';
import { deviceLabel, type DeviceLabelDef } from './seclabel.js';
import { storageAuth, type StorageAuthDef, storageEncryption, type StorageEncryptionDef } from './storage-auth.js';

export const STARTUP_POLICIES = ['mandatory', 'requisite', 'optional'] as const;

export interface ReservationsDef {
  managed: boolean;
  enabled?: boolean;
  source?: { type: string; path: string; mode: string };
}

/** What a source of any kind may say besides where it is. */
export interface SourceExtras {
  slices?: { slice: { type: 'storage'; offset: number; size: number }[] };
  seclabel?: DeviceLabelDef[];
  auth?: StorageAuthDef;
  encryption?: StorageEncryptionDef;
  reservations?: ReservationsDef;
  /** Status XML only: what the driver keeps about the source, as markup. */
  privateData?: string;
}

export interface SourceBase {
  startupPolicy?: (typeof STARTUP_POLICIES)[number];
  /** Number of the node in a running domain. */
  index?: number;
}

const storageError = (detail: string) => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, detail);

const reservationProblem = (what: string) => {
  const problem = () => storageError(`missing ${what} for <reservations/>`);
  return { missing: problem, invalid: problem };
};

const reservations = elementOf<ReservationsDef>(
  'reservations',
  {
    managed: req(yesNo),
    enabled: attr(yesNo),
    source: child(
      part('source', {
        type: req(str, reservationProblem('connection type')),
        path: req(nonEmpty, reservationProblem('path')),
        mode: req(str, reservationProblem('connection mode')),
      }),
    ),
  },
  {
    after({ managed, source }) {
      if (source === undefined) {
        if (!managed) throw storageError('missing connection type for <reservations/>');
        return;
      }
      if (source.type === '') throw storageError('missing connection type for <reservations/>');
      if (source.type !== 'unix') throw storageError(`unsupported connection type for <reservations/>: ${source.type}`);
      if (source.mode === '') throw storageError('missing connection mode for <reservations/>');
      if (source.mode !== 'client')
        throw storageError(`unsupported connection mode for <reservations/>: ${source.mode}`);
    },
  },
);

/** Slices of anything but the storage are passed over. */
const slices = part(
  'slices',
  {
    slice: list(
      elementOf<{ type: 'storage'; offset: number; size: number }>('slice', {
        type: attr(str) as never,
        offset: req(ulong),
        size: req(ulong),
      }),
    ),
  },
  {
    omitEmpty: true,
    after(model) {
      model.slice = model.slice.filter(({ type }) => type === 'storage');
    },
  },
);

export const sourceExtras: Fields<SourceExtras> = {
  slices: child(slices),
  seclabel: optList(deviceLabel),
  auth: child(storageAuth),
  encryption: child(storageEncryption),
  reservations: child(reservations),
  privateData: raw().when('status'),
};

export const sourceBase: Fields<SourceBase> = {
  startupPolicy: attr(oneOf(...STARTUP_POLICIES)),
  index: attr(positive).when('live'),
};
