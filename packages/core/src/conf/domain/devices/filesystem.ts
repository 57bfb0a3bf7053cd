import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Field,
  type Fields,
  flag,
  oneOf,
  onOff,
  part,
  req,
  scaled,
  str,
  type Scalar,
  uint,
  ulong,
  unitFactor,
  variants,
} from '../../xml/index.js';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { around } from '../common/branches.js';
import { type BootableInfo, bootableInfo } from '../common/device-info.js';
import { refusedAs, wrong } from '../common/problems.js';
import { omit } from '../common/omit.js';
import { type StorageFormat, storageFormat } from '../common/storage-format.js';
import { type VirtioOptions, virtioOptions } from '../common/virtio-options.js';

export interface FilesystemDriverDef extends VirtioOptions {
  type?: 'path' | 'handle' | 'loop' | 'nbd' | 'ploop' | 'virtiofs';
  format?: StorageFormat;
  wrpolicy?: 'immediate';
  queue?: number;
}

export interface FilesystemBinaryDef {
  path?: string;
  xattr?: boolean;
  cache?: { mode: 'none' | 'always' };
  sandbox?: { mode: 'namespace' | 'chroot' };
  lock?: { posix?: boolean; flock?: boolean };
  thread_pool?: { size: number };
}

interface FilesystemBody extends BootableInfo {
  accessmode?: 'passthrough' | 'mapped' | 'squash';
  model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  fmode?: number;
  dmode?: number;
  multidevs?: 'default' | 'remap' | 'forbid' | 'warn';
  driver?: FilesystemDriverDef;
  binary?: FilesystemBinaryDef;
  target?: { dir: string };
  readonly?: true;
  space_hard_limit?: number;
  space_soft_limit?: number;
}

export type FilesystemSource =
  | { type: 'mount' | 'bind'; source?: { dir?: string; socket?: string } }
  | { type: 'block'; source?: { dev: string } }
  | { type: 'file'; source?: { file: string } }
  | { type: 'template'; source?: { name: string } }
  | { type: 'ram'; source?: { usage: number; units?: string } }
  | { type: 'volume'; source?: { pool: string; volume: string } };

/** virDomainFSDef */
export type FilesystemDef = FilesystemBody & FilesystemSource;

/** Permission bits in octal. */
const fileMode: Scalar<number> = {
  type: { kind: 'integer', description: 'octal permission bits' },
  parse: (text) => (/^[0-7]+$/.test(text) && parseInt(text, 8) <= 0o777 ? parseInt(text, 8) : undefined),
  format: (value) => `0${value.toString(8).padStart(3, '0')}`,
  plain: true,
};

/** Formats that an image can be said to have: not knowing it is said by saying nothing. */
const driverFormat: Scalar<StorageFormat> = {
  ...storageFormat,
  parse: (text) => (text === 'none' || text === 'auto' ? undefined : storageFormat.parse(text)),
};

const invalidMode = (name: string) => ({ invalid: (value: string) => wrong(`invalid ${name}: '${value}'`) });

/** An element that says one of some words, or nothing. */
const mode = <T extends string>(name: string, words: Scalar<T>): Field<{ mode: T }, true> =>
  child(part(name, { mode: attr(words) }) as unknown as ElementCodec<{ mode: T }>, { emptyIsAbsent: true });

/** What only some drivers look at. */
function settleDriver(driver: FilesystemDriverDef): void {
  if (driver.type !== 'virtiofs') delete driver.queue;
  if (driver.type === undefined || driver.type === 'virtiofs') delete driver.wrpolicy;
  if (driver.type === undefined) delete driver.format;
}

const binary = elementOf<FilesystemBinaryDef>(
  'binary',
  {
    path: attr(str, { emptyIsAbsent: true }),
    xattr: attr(onOff),
    cache: mode('cache', oneOf('none', 'always')),
    sandbox: mode('sandbox', oneOf('namespace', 'chroot')),
    lock: child(part('lock', { posix: attr(onOff), flock: attr(onOff) }, omit)),
    thread_pool: child(part('thread_pool', { size: attr(uint, { lenient: true }) }) as ElementCodec<{ size: number }>, {
      emptyIsAbsent: true,
    }),
  },
  omit,
);

const before: Fields<
  Pick<FilesystemBody, 'accessmode' | 'model' | 'fmode' | 'dmode' | 'multidevs' | 'driver' | 'binary'>
> = {
  accessmode: attr(oneOf('passthrough', 'mapped', 'squash'), { emptyIsAbsent: true }),
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
  fmode: attr(fileMode, { ...invalidMode('fmode'), unset: 0 }),
  dmode: attr(fileMode, { ...invalidMode('dmode'), unset: 0 }),
  multidevs: attr(oneOf('default', 'remap', 'forbid', 'warn'), { unset: 'default' }),
  driver: child(
    elementOf<FilesystemDriverDef>(
      'driver',
      {
        type: attr(oneOf('path', 'handle', 'loop', 'nbd', 'ploop', 'virtiofs')),
        format: attr(driverFormat, refusedAs('unknown driver format value')),
        wrpolicy: attr(oneOf('immediate')),
        queue: attr(uint, { unset: 0, lenient: true }),
        ...virtioOptions,
      },
      { ...omit, after: settleDriver },
    ),
  ),
  binary: child(binary),
};

const mountSource = { source: child(part('source', { dir: attr(str, { unset: '' }), socket: attr(str) }, omit)) };

/** A source that one attribute names; without it there is none. */
const from = <K extends string>(key: K): Field<Record<K, string>, true> =>
  child(part('source', { [key]: attr(str) }) as unknown as ElementCodec<Record<K, string>>, { nothingWithout: key });

const BRANCHES = {
  mount: mountSource,
  bind: mountSource,
  block: { source: from('dev') },
  file: { source: from('file') },
  template: { source: from('name') },
  ram: {
    source: child(
      part(
        'source',
        {
          usage: req(ulong, { missing: () => wrong("missing 'usage' attribute for RAM filesystem") }),
          units: attr(str),
        },
        { after: ramUsage },
      ),
    ),
  },
  volume: {
    source: child(
      part('source', { pool: attr(str), volume: attr(str) }) as ElementCodec<{ pool: string; volume: string }>,
      { emptyIsAbsent: true },
    ),
  },
};

/** Sizes of memory file systems are kept in whole KiB. */
function ramUsage(source: { usage: number; units?: string }): void {
  const factor = unitFactor(source.units || 'KiB');
  if (factor === undefined)
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `unknown suffix '${source.units}'`);
  source.usage = Math.floor((source.usage * factor) / 1024);
  source.units = 'KiB';
}

const after: Partial<Fields<FilesystemBody>> = {
  target: child(part('target', { dir: attr(str) }) as ElementCodec<{ dir: string }>, { nothingWithout: 'dir' }),
  boot: bootableInfo.boot,
  readonly: flag(),
  alias: bootableInfo.alias,
  acpi: bootableInfo.acpi,
  address: bootableInfo.address,
  space_hard_limit: scaled('bytes'),
  space_soft_limit: scaled('bytes'),
};

export const filesystem: ElementCodec<FilesystemDef> = elementOf<FilesystemDef>(
  'filesystem',
  variants('type', around(BRANCHES, before, after), { fallback: 'mount' }),
  {
    after(model) {
      checkSource(model);
      if (model.driver?.type !== 'virtiofs') delete model.binary;
      // A server's socket says all.
      if ((model.type === 'mount' || model.type === 'bind') && model.source?.socket !== undefined)
        delete model.source.dir;
    },
  },
);

/** virDomainFSDefParseXML: something is shown. */
function checkSource(filesystem: FilesystemDef): void {
  const { type } = filesystem;
  const target = filesystem.target?.dir ?? '';
  const source = filesystemSource(filesystem);
  if (type === 'ram' && filesystem.source === undefined) throw wrong("missing 'usage' attribute for RAM filesystem");
  if (source === undefined && type !== 'ram' && type !== 'volume')
    throw new LibvirtError(ErrorCode.NO_SOURCE, ErrorDomain.DOMAIN, target);
}

/** Where what is shown is. */
export function filesystemSource(filesystem: FilesystemDef): string | undefined {
  switch (filesystem.type) {
    case 'mount':
    case 'bind':
      return filesystem.source?.dir ?? filesystem.source?.socket;
    case 'block':
      return filesystem.source?.dev;
    case 'file':
      return filesystem.source?.file;
    case 'template':
      return filesystem.source?.name;
    case 'volume':
      return filesystem.source?.volume;
    case 'ram':
      return undefined;
  }
}
