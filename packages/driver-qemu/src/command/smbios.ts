import { configUnsupported, xmlError } from '../errors.js';
import type { DomainDef, SysinfoDef } from '@virtkit/core/conf';
import { type ArgList, escapeComma } from './arg-list.js';

type Smbios = Extract<SysinfoDef, { type: 'smbios' }>;

/** Members of each SMBIOS table by libvirt's names of them, in QEMU's order. */
const BIOS = { vendor: 'vendor', version: 'version', date: 'date', release: 'release' };
const SYSTEM = {
  manufacturer: 'manufacturer',
  product: 'product',
  version: 'version',
  serial: 'serial',
  uuid: 'uuid',
  sku: 'sku',
  family: 'family',
};
const BOARD = {
  manufacturer: 'manufacturer',
  product: 'product',
  version: 'version',
  serial: 'serial',
  asset: 'asset',
  location: 'location',
};
const CHASSIS = { manufacturer: 'manufacturer', version: 'version', serial: 'serial', asset: 'asset', sku: 'sku' };

type Block = { entry: { name: string; value: string }[] } | undefined;

function words(type: number, block: Block, names: Readonly<Record<string, string>>): string | undefined {
  const found = Object.entries(names).flatMap(([name, qemu]) => {
    const entry = block?.entry.find((one) => one.name === name);
    return entry === undefined ? [] : [`${qemu}=${escapeComma(entry.value)}`];
  });
  return found.length === 0 ? undefined : [`type=${type}`, ...found].join(',');
}

/** qemuBuildSmbiosCommandLine and qemuBuildSysinfoCommandLine */
export function addSmbios(args: ArgList, def: DomainDef): void {
  const mode = def.os.smbios?.mode;
  const info = def.sysinfo?.find((one): one is Smbios => one.type === 'smbios');
  if (mode === 'sysinfo' && info === undefined) throw xmlError(`Domain '${def.name}' sysinfo are not available`);
  if (mode === 'sysinfo' && info !== undefined) {
    const put = (text: string | undefined): void => void (text !== undefined && args.add('-smbios', text));
    put(words(0, info.bios, BIOS));
    put(words(1, info.system, SYSTEM));
    if ((info.baseBoard?.length ?? 0) > 1)
      throw configUnsupported('qemu does not support more than one entry to Type 2 in SMBIOS table');
    for (const board of info.baseBoard ?? []) put(words(2, board, BOARD));
    put(words(3, info.chassis, CHASSIS));
    const strings = info.oemStrings?.entry ?? [];
    if (strings.length > 0) put(`type=11,${strings.map((value) => `value=${escapeComma(value)}`).join(',')}`);
  }
  for (const one of def.sysinfo ?? []) {
    if (one.type !== 'fwcfg') continue;
    for (const { name, file = '', value } of one.entry)
      args.add(
        '-fw_cfg',
        `name=${escapeComma(name)},${value ? `string=${escapeComma(value)}` : `file=${escapeComma(file)}`}`,
      );
  }
}
