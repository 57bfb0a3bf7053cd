import type { HostReader } from '@virtkit/core/util';
import { escapeXml } from '@virtkit/core/conf';

const FOLDER = '/sys/class/dmi/id';

/** What the kernel keeps of the firmware's tables, and what libvirt calls it. */
const SECTIONS = {
  bios: { vendor: 'bios_vendor', version: 'bios_version', date: 'bios_date', release: 'bios_release' },
  system: {
    manufacturer: 'sys_vendor',
    product: 'product_name',
    version: 'product_version',
    serial: 'product_serial',
    uuid: 'product_uuid',
    sku: 'product_sku',
    family: 'product_family',
  },
  baseBoard: {
    manufacturer: 'board_vendor',
    product: 'board_name',
    version: 'board_version',
    serial: 'board_serial',
    asset: 'board_asset_tag',
  },
  chassis: {
    manufacturer: 'chassis_vendor',
    version: 'chassis_version',
    serial: 'chassis_serial',
    asset: 'chassis_asset_tag',
  },
} as const;

/** virSysinfoRead: the host's SMBIOS as a document; undefined for a machine without one. Serial numbers are for root. */
export async function readSmbios(reader: HostReader): Promise<string | undefined> {
  const lines: string[] = [];
  for (const [section, fields] of Object.entries(SECTIONS)) {
    const entries: string[] = [];
    for (const [name, file] of Object.entries(fields)) {
      const value = (await reader.text(`${FOLDER}/${file}`))?.trim();
      if (value) entries.push(`    <entry name='${name}'>${escapeXml(value)}</entry>`);
    }
    if (entries.length > 0) lines.push(`  <${section}>`, ...entries, `  </${section}>`);
  }
  return lines.length === 0 ? undefined : ["<sysinfo type='smbios'>", ...lines, '</sysinfo>', ''].join('\n');
}
