import {
  attr,
  attrOr,
  child,
  type ConfContext,
  elementOf,
  type Field,
  formatDocument,
  int,
  leaf,
  list,
  oneOf,
  optList,
  parseDocument,
  part,
  positive,
  req,
  str,
  uint,
  variants,
  yesNo,
} from '../xml/index.js';
import { type MomentImage, imageField } from './image.js';
import { backupProblems as problems } from './problems.js';

export type BackupDiskState = 'none' | 'running' | 'complete' | 'failed' | 'cancelling' | 'cancelled';

/** virDomainBackupDiskDef; `image` is where a push backup writes to, or what a pull backup keeps old data in. */
export interface BackupDisk {
  name: string;
  backup: boolean;
  /** Only in the driver's own files. */
  state?: BackupDiskState;
  backupmode?: 'full' | 'incremental';
  incremental?: string;
  exportname?: string;
  exportbitmap?: string;
  index?: number;
  target?: MomentImage;
  scratch?: MomentImage;
}

/** Where the NBD server of a pull backup listens. */
export type BackupServer =
  | { transport: 'tcp'; tls?: boolean; name: string; port?: number }
  | { transport: 'unix'; tls?: boolean; socket: string };

/** virDomainBackupDef */
export interface BackupDef {
  mode: 'push' | 'pull';
  id?: number;
  incremental?: string;
  server?: BackupServer;
  disks?: { disk: BackupDisk[] };
  privateData?: { objects?: { secret?: { type: string; alias: string }[]; TLSx509?: { alias: string } } };
}

/** What a codec run for backups needs to know. */
export interface BackupContext extends ConfContext {
  /** VIR_DOMAIN_BACKUP_PARSE_INTERNAL: as the driver itself stored it. */
  readonly internal?: boolean;
}

const image = (element: string): Field<MomentImage, true> =>
  imageField({ element, types: ['file', 'block'], problems, what: 'disk backup' });

const backupDisk = elementOf<BackupDisk>(
  'disk',
  {
    name: req(str),
    backup: attrOr(yesNo, true),
    state: attr(oneOf('none', 'running', 'complete', 'failed', 'cancelling', 'cancelled')).when('status'),
    backupmode: attr(oneOf('full', 'incremental')),
    incremental: attr(str),
    exportname: attr(str),
    exportbitmap: attr(str),
    index: attr(uint).when('status'),
    target: image('target'),
    scratch: image('scratch'),
  },
  {
    before(model) {
      if (model.backup) return model;
      return { name: model.name, backup: false };
    },
    after(model) {
      if (!model.backup) {
        const { name } = model;
        for (const key of Object.keys(model) as (keyof BackupDisk)[])
          if (key !== 'name' && key !== 'backup') delete model[key];
        model.name = name;
      }
    },
  },
);

const server = elementOf<BackupServer>(
  'server',
  variants(
    'transport',
    {
      tcp: {
        tls: attr(yesNo),
        name: req(str, { missing: () => problems.xml('missing host for backup server') }),
        port: attr(int, { invalid: (value) => problems.xml(`failed to parse port number '${value}'`) }),
      },
      unix: {
        tls: attr(yesNo),
        socket: req(str, { missing: () => problems.xml('missing socket for unix transport') }),
      },
    },
    {
      fallback: 'tcp',
      invalid: (value) => problems.xml(`unsupported transport '${value}' for backup server`),
    },
  ),
);

export const domainBackup = elementOf<BackupDef>(
  'domainbackup',
  {
    mode: attrOr(oneOf('push', 'pull'), 'push', {
      invalid: (value) => problems.xml(`Invalid value for attribute 'mode' in element 'domainbackup': '${value}'.`),
    }),
    id: attr(positive).when('live'),
    incremental: leaf(str),
    server: child(server),
    disks: child(part('disks', { disk: list(backupDisk) }, { omitEmpty: true })),
    privateData: child(
      part('privateData', {
        objects: child(
          part('objects', {
            secret: optList(part('secret', { type: req(str), alias: req(str) })),
            TLSx509: child(part('TLSx509', { alias: req(str) })),
          }),
        ),
      }),
    ).when('status'),
  },
  {
    after(model) {
      if (model.server !== undefined && model.mode === 'push')
        throw problems.xml('use of <server> requires pull mode backup');
      const { server: given } = model;
      if (given?.transport === 'unix' && !given.socket.startsWith('/'))
        throw problems.xml(`backup socket path '${given.socket}' must be absolute`);
      const keep = model.mode === 'push' ? 'scratch' : 'target';
      for (const disk of model.disks?.disk ?? []) delete disk[keep];
    },
  },
);

const PLAIN: BackupContext = { shows: 0 };

/** virDomainBackupDefParseString */
export const parseBackup = (text: string, context: BackupContext = PLAIN): BackupDef =>
  parseDocument(domainBackup, text, context);

/** virDomainBackupDefFormat */
export const formatBackup = (def: BackupDef, context: BackupContext = PLAIN): string =>
  formatDocument(domainBackup, def, context);
