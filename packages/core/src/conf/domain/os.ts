import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  int,
  leaf,
  leaves,
  list,
  oneOf,
  optList,
  optText,
  part,
  req,
  str,
  text,
  uintWith,
  variants,
  yesElse,
  yesNo,
} from '../xml/index.js';
import { refusedAs, unsupported, wrong } from './common/problems.js';
import { withoutPolicy } from './common/backing-store.js';
import { aroundSource, type StorageSource, type StorageType } from './common/storage-source.js';

export const BOOT_DEVICES = ['fd', 'hd', 'cdrom', 'network'] as const;

export interface LoaderDef {
  readonly?: boolean;
  type?: 'rom' | 'pflash';
  secure?: boolean;
  stateless?: boolean;
  path?: string;
}

/** Where a firmware keeps its variables: a path, or a source of any kind. */
export type NvramFileDef = { template?: string } & (StorageSource | { type: 'path'; path?: string });

/** virDomainOSDef */
export interface OsDef {
  firmware?: 'bios' | 'efi';
  type: { arch?: string; machine?: string; value: string };
  firmwareInfo?: { feature: { enabled: boolean; name: 'enrolled-keys' | 'secure-boot' }[] };
  init?: string;
  initarg?: string[];
  initenv?: { name: string; value: string }[];
  initdir?: string;
  inituser?: string;
  initgroup?: string;
  loader?: LoaderDef;
  nvram?: NvramFileDef;
  kernel?: string;
  initrd?: string;
  cmdline?: string;
  dtb?: string;
  root?: string;
  acpi?: { table: { type: string; path: string }[] };
  boot: { dev: (typeof BOOT_DEVICES)[number] }[];
  bootmenu?: { enable?: boolean; timeout?: number };
  bios?: { useserial?: boolean; rebootTimeout?: number };
  smbios?: { mode: 'emulate' | 'host' | 'sysinfo' };
}

const loader = elementOf<LoaderDef>(
  'loader',
  {
    readonly: attr(yesNo),
    secure: attr(yesNo),
    type: attr(oneOf('rom', 'pflash')),
    stateless: attr(yesNo),
    path: optText(str),
  },
  {
    omitEmpty: true,
    after(model) {
      if (model.path !== undefined) model.type ??= 'rom';
    },
  },
);

const nvram = elementOf<NvramFileDef>(
  'nvram',
  variants(
    'type',
    {
      ...(aroundSource({ template: attr(str) }, {}) as object as Record<StorageType, never>),
      path: { template: attr(str), path: optText(str) } as never,
    },
    { fallback: 'path', hideFallback: true },
  ),
  { omitEmpty: true, prepare: withoutPolicy },
);

function without(attrs: Readonly<Record<string, string>>, key: string): Record<string, string> {
  const { [key]: _, ...rest } = attrs;
  return rest;
}

const initenv = part('initenv', {
  name: req(str, { missing: () => wrong('No name supplied for <initenv> element') }),
  value: text(str),
});

/** virDomainDefFormat's `<os>` */
export const os: ElementCodec<OsDef> = elementOf<OsDef>('os', {
  firmware: attr(oneOf('bios', 'efi'), { emptyIsAbsent: true }),
  type: { ...child(part('type', { arch: attr(str), machine: attr(str), value: text(str) })), optional: false } as never,
  firmwareInfo: child(
    part(
      'firmware',
      {
        feature: list(part('feature', { enabled: req(yesNo), name: req(oneOf('enrolled-keys', 'secure-boot')) })),
      },
      { omitEmpty: true },
    ),
  ),
  init: leaf(str),
  initarg: leaves(str),
  initenv: optList(initenv),
  initdir: leaf(str),
  inituser: leaf(str),
  initgroup: leaf(str),
  loader: child(loader),
  nvram: child(nvram),
  kernel: leaf(str),
  initrd: leaf(str),
  cmdline: leaf(str),
  dtb: leaf(str),
  root: leaf(str),
  acpi: child(
    part(
      'acpi',
      { table: list(part('table', { type: req(str), path: text(str) })) },
      {
        omitEmpty: true,
        after({ table }) {
          if (table.length > 1) throw wrong('Only one acpi table is supported');
          const [only] = table;
          if (only !== undefined && only.type !== 'slic') throw wrong(`Unknown acpi table type: ${only.type}`);
        },
      },
    ),
  ),
  boot: list(part('boot', { dev: req(oneOf(...BOOT_DEVICES)) })),
  bootmenu: child(
    part(
      'bootmenu',
      {
        enable: attr(yesNo),
        timeout: attr(uintWith({ max: 65535 }), {
          invalid: () => unsupported('invalid value for boot menu timeout, must be in range [0,65535]'),
        }),
      },
      {
        omitEmpty: true,
        // Without a menu nobody waits.
        prepare: (node) => (node.attrs.enable === 'yes' ? node : { ...node, attrs: without(node.attrs, 'timeout') }),
      },
    ),
  ),
  bios: child(part('bios', { useserial: attr(yesElse), rebootTimeout: attr(int) }, { omitEmpty: true })),
  smbios: child(
    part('smbios', {
      mode: attr(oneOf('emulate', 'host', 'sysinfo'), { ...refusedAs('unknown smbios mode'), emptyIsAbsent: true }),
    }) as ElementCodec<{ mode: 'emulate' | 'host' | 'sysinfo' }>,
    { emptyIsAbsent: true },
  ),
});
