import { parsePoolSource, POOL_TYPE_NAMES, poolSource, type PoolSource } from '@virtkit/core/conf';
import type { CommandRunner } from '@virtkit/core/driver';
import { DEFINABLE } from './backend/backend.js';
import { failed, internalError, invalidArg, noSupport } from './storage-errors.js';

/** virConnectFindStoragePoolSources: what pools of a type could be made of, as XML. */
export async function findSources(type: string, spec: string | null, commands: CommandRunner): Promise<string> {
  const known = POOL_TYPE_NAMES.find((one) => one === type);
  if (known === undefined) throw internalError(`unknown storage pool type ${type}`);
  if (type === 'logical') return list(await volumeGroups(commands));
  if (type === 'netfs') return list(await exports(hostOf(type, spec), commands));
  if (type === 'iscsi') return list(await targets(hostOf(type, spec), commands));
  if (DEFINABLE.has(known)) throw noSupport(`pool type '${type}' does not support source discovery`);
  throw internalError(`missing backend for pool type ${type}`);
}

const list = (sources: readonly PoolSource[]): string =>
  `<sources>\n${sources.map((source) => poolSource.encode(source, 1, { shows: 0 })).join('')}</sources>\n`;

function hostOf(type: string, spec: string | null): { name: string; port?: number } {
  if (spec === null) throw invalidArg(`hostname must be specified for ${type} sources`);
  const hosts = parsePoolSource(spec).host ?? [];
  if (hosts.length !== 1) throw invalidArg('Expected exactly 1 host for the storage pool');
  return hosts[0] as { name: string; port?: number };
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Volume groups with the devices that they lie on. */
async function volumeGroups(commands: CommandRunner): Promise<PoolSource[]> {
  // Makes LVM look again; pvs answers without it as well.
  await commands.run('vgscan', []).catch(() => undefined);
  const { stdout } = await commands.run('pvs', ['--noheadings', '-o', 'pv_name,vg_name']);
  const groups = new Map<string, string[]>();
  for (const line of lines(stdout)) {
    const [device, group] = line.split(/\s+/);
    if (device === undefined || group === undefined) continue;
    groups.set(group, [...(groups.get(group) ?? []), device]);
  }
  return [...groups].map(([name, devices]) => ({
    device: devices.map((path) => ({ path })),
    name,
    format: { type: 'lvm2' },
  }));
}

async function exports({ name }: { name: string }, commands: CommandRunner): Promise<PoolSource[]> {
  const { stdout } = await commands.run('showmount', ['--no-headers', '--exports', name]).catch(() => ({ stdout: '' }));
  const paths = lines(stdout).flatMap((line) => /^(\/\S*)/.exec(line)?.[1] ?? []);
  if (paths.length === 0) throw failed(`no storage pools were found on host '${name}'`);
  return paths.map((path) => ({ host: [{ name }], dir: { path }, format: { type: 'nfs' } }));
}

async function targets(
  { name, port }: { name: string; port?: number },
  commands: CommandRunner,
): Promise<PoolSource[]> {
  const portal = `${name}:${port ?? 3260},1`;
  const { stdout } = await commands.run('iscsiadm', [
    '--mode',
    'discovery',
    '--type',
    'sendtargets',
    '--portal',
    portal,
  ]);
  const names = lines(stdout).flatMap((line) => line.split(/\s+/)[1] ?? []);
  return names.map((path) => ({ host: [{ name, ...(port !== undefined && { port }) }], device: [{ path }] }));
}
