import { readFile } from 'node:fs/promises';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** The number of a group given by name or number. */
export async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group) return Number(id);
  }
  throw new LibvirtError(
    ErrorCode.CONFIG_UNSUPPORTED,
    ErrorDomain.CONF,
    `unix_sock_group: there is no group '${group}'`,
  );
}
