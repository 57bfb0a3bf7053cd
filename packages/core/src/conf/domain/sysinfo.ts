import {
  attr,
  type ElementCodec,
  elementOf,
  type Field,
  leaves,
  child,
  list,
  optList,
  optText,
  part,
  req,
  str,
  text,
  variants,
} from '../xml/index.js';
import { contradictory, unsupported, wrong } from './common/problems.js';

export interface SysinfoEntry {
  name: string;
  value: string;
}
export interface SysinfoBlock {
  entry: SysinfoEntry[];
}

/** virSysinfoDef */
export type SysinfoDef =
  | {
      type: 'smbios';
      bios?: SysinfoBlock;
      system?: SysinfoBlock;
      baseBoard?: SysinfoBlock[];
      chassis?: SysinfoBlock;
      processor?: SysinfoBlock[];
      memory_device?: SysinfoBlock[];
      oemStrings?: { entry: string[] };
    }
  | { type: 'fwcfg'; entry: { name: string; file?: string; value?: string }[] };

const DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{2}|\d{4})$/;

function checkBiosDate(date: string): void {
  const match = DATE.exec(date);
  const [month, day, year] = (match ?? []).slice(1).map(Number) as [number, number, number];
  const full = year < 100 ? 1900 + year : year;
  if (match === null || month < 1 || month > 12 || day < 1 || day > 31 || full < 1900)
    throw contradictory("Invalid BIOS 'date' format");
}

/** The entries of a block by the names libvirt knows, in its order; others are dropped. */
function block(name: string, names: readonly string[]): ElementCodec<SysinfoBlock> {
  return elementOf<SysinfoBlock>(
    name,
    {
      entry: list(
        part('entry', {
          name: attr(str) as Field<string, true> as never,
          value: text(str),
        }) as ElementCodec<SysinfoEntry>,
      ),
    },
    {
      omitEmpty: true,
      after(model) {
        const found = new Map(model.entry.filter(({ value }) => value !== '').map((entry) => [entry.name, entry]));
        model.entry = names.flatMap((known) => found.get(known) ?? []);
      },
    },
  );
}

const BOARD = ['manufacturer', 'product', 'version', 'serial', 'asset', 'location'];
const bios = block('bios', ['vendor', 'version', 'date', 'release']);
const system = block('system', ['manufacturer', 'product', 'version', 'serial', 'uuid', 'sku', 'family']);
const baseBoard = block('baseBoard', BOARD);
const chassis = block('chassis', ['manufacturer', 'version', 'serial', 'asset', 'sku']);
const processor = block('processor', [
  'socket_destination',
  'type',
  'family',
  'manufacturer',
  'signature',
  'version',
  'external_clock',
  'max_speed',
  'status',
  'serial_number',
  'part_number',
]);
const memoryDevice = block('memory_device', [
  'size',
  'form_factor',
  'locator',
  'bank_locator',
  'type',
  'type_detail',
  'speed',
  'manufacturer',
  'serial_number',
  'part_number',
]);

const fwcfgEntry = part(
  'entry',
  {
    name: req(str, { missing: () => wrong("Firmware entry is missing 'name' attribute") }),
    file: attr(str),
    value: optText(str),
  },
  {
    after(model) {
      if (!model.name.startsWith('opt/')) throw badName();
      if (model.file === undefined && model.value === undefined)
        throw wrong("Firmware entry must have either value or 'file' attribute");
    },
    // What is in a file stands there alone.
    before: ({ value, ...rest }) => (rest.file === undefined && value !== undefined ? { ...rest, value } : rest),
  },
);
const badName = () => unsupported("Invalid firmware name: those of users start with 'opt/'");

export const sysinfo: ElementCodec<SysinfoDef> = elementOf<SysinfoDef>(
  'sysinfo',
  variants('type', {
    smbios: {
      bios: child(bios),
      system: child(system),
      baseBoard: optList(baseBoard),
      chassis: child(chassis),
      processor: optList(processor),
      memory_device: optList(memoryDevice),
      oemStrings: child(part('oemStrings', { entry: leaves(str) }, { omitEmpty: true })) as never,
    },
    fwcfg: { entry: list(fwcfgEntry) },
  }),
  {
    after(model) {
      if (model.type !== 'smbios') return;
      const date = model.bios?.entry.find(({ name }) => name === 'date');
      if (date !== undefined) checkBiosDate(date.value);
    },
  },
);
