import { createHash } from 'node:crypto';
import type { HostReader } from '../../util/index.js';

/** virGetHostUUID: the machine's UUID from its firmware, else one made from the system's own id, so that it stays the same. */
export async function readHostUuid(reader: HostReader): Promise<string | undefined> {
  const firmware = (await reader.text('/sys/class/dmi/id/product_uuid'))?.trim().toLowerCase();
  if (firmware !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(firmware)) return firmware;
  const id = (await reader.text('/etc/machine-id'))?.trim();
  if (!id) return undefined;
  const hex = createHash('sha256').update(`virtkit host ${id}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
