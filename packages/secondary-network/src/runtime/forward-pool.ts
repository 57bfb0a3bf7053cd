import { readdir, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { NetworkDef } from '@virtkit/core/conf';
import type { HostFs } from '@virtkit/core/driver';
import { internalError } from '../network-errors.js';

/** networkCreateInterfacePool: the virtual functions of the network's physical function, in order. */
export async function expandPool(def: NetworkDef, hostFs: HostFs): Promise<void> {
  const { forward } = def;
  const dev = forward?.pf?.[0]?.dev;
  if (forward === undefined || dev === undefined || forward.interface !== undefined || forward.address !== undefined)
    return;
  const folder = hostFs.path(`/sys/class/net/${dev}/device`);
  const links = (await readdir(folder).catch(() => []))
    .filter((name) => /^virtfn\d+$/.test(name))
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)));
  if (links.length === 0) throw internalError(`No usable Vf's present on SRIOV PF ${dev}`);
  if (forward.mode === 'hostdev') {
    forward.address = await Promise.all(
      links.map(async (link) => {
        const [domain, bus, slot, fn] = basename(await readlink(`${folder}/${link}`))
          .split(/[:.]/)
          .map((part) => parseInt(part, 16)) as [number, number, number, number];
        return { type: 'pci', domain, bus, slot, function: fn };
      }),
    );
    return;
  }
  const names = await Promise.all(
    links.map(async (link) => (await readdir(`${folder}/${link}/net`).catch(() => []))[0]),
  );
  forward.interface = names.filter((name) => name !== undefined).map((name) => ({ dev: name }));
  if (forward.interface.length === 0) throw internalError(`No usable Vf's present on SRIOV PF ${dev}`);
}
