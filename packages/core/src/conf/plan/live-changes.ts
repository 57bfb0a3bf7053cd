import type { DomainDef } from '../domain/domain-def.js';
import type { DeviceKind, DomainDevice } from '../domain/devices.js';
import type { Difference } from './diff-models.js';

/** What a row of the table is asked about. */
export interface LiveQuestion {
  readonly change: Difference;
  readonly from: DomainDef;
  readonly to: DomainDef;
}

/** A kind of change that a running domain can take. */
export interface LiveRow {
  /** Places of {@link Difference.place}; `*` stands for one name, a `**` at the end for all below. */
  readonly at: string;
  /** The words of the command after the domain's name; undefined: not this one, whatever others may be. */
  how(question: LiveQuestion): readonly [command: string, ...words: string[]] | undefined;
}

const BOTH = ['--live', '--config'];
const row = (at: string, how: LiveRow['how']): LiveRow => ({ at, how });
const text = (value: unknown): string => String(value as string | number | bigint | boolean);
const keyOf = ({ change }: LiveQuestion, depth = 0): string => change.items[depth]?.key ?? '';
const itemOf = <T>({ change }: LiveQuestion): T => (change.items[0]?.after ?? change.items[0]?.before) as T;

/** One value for one option; a value that goes is set back to `none`. */
const option =
  (command: string, name: string, none: string): LiveRow['how'] =>
  ({ change: { after } }) => [command, `--${name}`, after === undefined ? none : text(after), ...BOTH];

const limit = (name: string): LiveRow =>
  // Limits are KiB; what is gone is unlimited.
  row(`memtune.${name}`, option('memtune', name.replaceAll('_', '-'), '-1'));

const schedule = (name: string, parameter: string): LiveRow =>
  row(`cputune.${name}`, ({ change: { after } }) =>
    after === undefined ? undefined : ['schedinfo', `${parameter}=${text(after)}`, ...BOTH],
  );

const lifecycle = (event: string): LiveRow =>
  row(`on_${event}`, ({ change: { after } }) => ['set-lifecycle-action', event, text(after), ...BOTH]);

const blkioDevice = (name: string, flag: string): LiveRow =>
  row(`blkiotune.device[].${name}`, (question) => [
    'blkiotune',
    `--device-${flag}`,
    `${keyOf(question)},${question.change.after === undefined ? '0' : text(question.change.after)}`,
    ...BOTH,
  ]);

/** A device comes or goes while the guest runs: which of a kind a guest can take so. */
const plug = <K extends DeviceKind>(
  kind: K,
  fits: (device: Extract<DomainDevice, { kind: K }>['device'], question: LiveQuestion) => boolean = () => true,
): LiveRow =>
  row(`devices.${kind}[]`, (question) => {
    if (!fits(itemOf(question), question)) return undefined;
    return [question.change.after === undefined ? 'detach-device' : 'attach-device', FILE, ...BOTH];
  });

/** Stands for a file with the XML of the device alone. */
export const FILE = '<file with the device>';
const update = (at: string): LiveRow => row(at, () => ['update-device', FILE, ...BOTH]);

const HOT_DISKS = new Set(['virtio', 'scsi', 'usb', 'xen']);
const removable = ({ device }: { device: string }): boolean => device === 'cdrom' || device === 'floppy';

function medium(question: LiveQuestion): ReturnType<LiveRow['how']> {
  const disk = itemOf<DomainDef['devices']['disk'][number]>(question);
  if (!removable(disk)) return undefined;
  const { file, dev } = ((disk as { source?: object }).source ?? {}) as { file?: string; dev?: string };
  const source = file ?? dev;
  const target = keyOf(question);
  if (source === undefined) return ['change-media', target, '--eject', ...BOTH];
  return ['change-media', target, source, '--update', ...(dev === undefined ? [] : ['--block']), ...BOTH];
}

function rates(question: LiveQuestion): ReturnType<LiveRow['how']> {
  const { bandwidth } = itemOf<DomainDef['devices']['interface'][number]>(question);
  const side = question.change.place.split('.')[3] as 'inbound' | 'outbound';
  const rate = bandwidth?.[side] as { average?: number; peak?: number; burst?: number; floor?: number } | undefined;
  const words = rate === undefined ? ['0'] : [rate.average, rate.peak, rate.burst, rate.floor].map((n) => text(n ?? 0));
  while (words.length > 1 && words.at(-1) === '0') words.pop();
  return ['domiftune', keyOf(question), `--${side}`, words.join(','), ...BOTH];
}

const sizes = ({ devices }: DomainDef): number => devices.memory.reduce((sum, { target }) => sum + target.size, 0);
/** Memory that comes or goes with memory devices is no change of its own. */
const byDevices = (before: number, after: number, { from, to }: LiveQuestion): boolean =>
  after - before === sizes(to) - sizes(from) && after !== before;

/** Everything that can change on a running domain, and how; whatever is not here waits for the next boot. */
export const LIVE_CHANGES: readonly LiveRow[] = [
  row('memory.value', (question) => {
    const { from, to } = question;
    return byDevices(from.memory.value, to.memory.value, question) ? ['attach-device', FILE, ...BOTH] : undefined;
  }),
  row('currentMemory', (question) => {
    const { from, to } = question;
    if (byDevices(from.currentMemory, to.currentMemory, question)) return ['attach-device', FILE, ...BOTH];
    const balloon = from.devices.memballoon?.model ?? 'none';
    if (balloon === 'none' || to.currentMemory > from.memory.value) return undefined;
    return ['setmem', `${to.currentMemory}KiB`, ...BOTH];
  }),
  row('vcpu.current', ({ from, to }) => {
    const count = to.vcpu.current ?? to.vcpu.value;
    return count > from.vcpu.value || to.vcpu.value !== from.vcpu.value
      ? undefined
      : ['setvcpus', String(count), ...BOTH];
  }),
  row('title', ({ change: { after } }) => ['desc', '--title', after === undefined ? '' : text(after), ...BOTH]),
  row('description', ({ change: { after } }) => ['desc', after === undefined ? '' : text(after), ...BOTH]),
  row('metadata', () => ['metadata', '<uri>', '--key', '<key>', '--set', '<element>', ...BOTH]),
  lifecycle('poweroff'),
  lifecycle('reboot'),
  lifecycle('crash'),
  limit('hard_limit'),
  limit('soft_limit'),
  limit('swap_hard_limit'),
  row('blkiotune.weight', option('blkiotune', 'weight', '0')),
  blkioDevice('weight', 'weights'),
  blkioDevice('read_iops_sec', 'read-iops-sec'),
  blkioDevice('write_iops_sec', 'write-iops-sec'),
  blkioDevice('read_bytes_sec', 'read-bytes-sec'),
  blkioDevice('write_bytes_sec', 'write-bytes-sec'),
  schedule('shares', 'cpu_shares'),
  schedule('period', 'vcpu_period'),
  schedule('quota', 'vcpu_quota'),
  ...['global_period', 'global_quota', 'emulator_period', 'emulator_quota', 'iothread_period', 'iothread_quota'].map(
    (name) => schedule(name, name),
  ),
  row('cputune.vcpupin[].cpuset', (q) => ['vcpupin', keyOf(q), text(q.change.after), ...BOTH]),
  row('cputune.vcpupin[]', (q) => {
    const { cpuset } = (q.change.after ?? { cpuset: 'r' }) as { cpuset: string };
    return ['vcpupin', keyOf(q), cpuset, ...BOTH];
  }),
  row('cputune.emulatorpin.cpuset', ({ change: { after } }) => [
    'emulatorpin',
    after === undefined ? 'r' : text(after),
    ...BOTH,
  ]),
  row('cputune.iothreadpin[].cpuset', (q) => ['iothreadpin', keyOf(q), text(q.change.after), ...BOTH]),
  row('numatune.memory.nodeset', ({ change: { after }, from, to }) => {
    const strict = [from, to].every(({ numatune }) => (numatune?.memory?.mode ?? 'strict') === 'strict');
    return strict && after !== undefined ? ['numatune', '--nodeset', text(after), ...BOTH] : undefined;
  }),
  row('iothreadids.iothread[]', (q) => [
    q.change.after === undefined ? 'iothreaddel' : 'iothreadadd',
    keyOf(q),
    ...BOTH,
  ]),
  row('devices.disk[].iotune.*', (q) => {
    const name = q.change.place.slice('devices.disk[].iotune.'.length);
    if (!/^(total|read|write)_(bytes|iops)_sec(_max(_length)?)?$/.test(name)) return undefined;
    const flag = `--${name.replaceAll('_', '-')}`;
    return ['blkdeviotune', keyOf(q), flag, q.change.after === undefined ? '0' : text(q.change.after), ...BOTH];
  }),
  row('devices.disk[].type', medium),
  row('devices.disk[].source.**', medium),
  row('devices.disk[].driver.type', medium),
  // This command changes one of both; a definition says the rest.
  row('devices.interface[].link.state', (q) => [
    'domif-setlink',
    keyOf(q),
    q.change.after === undefined ? 'up' : text(q.change.after),
  ]),
  row('devices.interface[].bandwidth.inbound.*', rates),
  row('devices.interface[].bandwidth.outbound.*', rates),
  update('devices.interface[].source.network'),
  update('devices.interface[].source.portgroup'),
  update('devices.interface[].source.bridge'),
  update('devices.interface[].filterref.**'),
  update('devices.interface[].vlan.**'),
  update('devices.interface[].coalesce.**'),
  update('devices.interface[].trustGuestRxFilters'),
  update('devices.graphics[].passwd'),
  update('devices.graphics[].passwdValidTo'),
  update('devices.graphics[].connected'),
  row('devices.memballoon.stats.period', option('dommemstat', 'period', '0')),
  row('devices.memory[].target.requested', ({ change: { after } }) =>
    after === undefined ? undefined : ['update-memory-device', '--requested-size', `${text(after)}KiB`, ...BOTH],
  ),
  plug('disk', ({ device, target }) => HOT_DISKS.has(target?.bus ?? '') && device !== 'floppy'),
  plug('interface'),
  plug('hostdev'),
  plug('controller', ({ type }) => type === 'scsi'),
  plug('channel', ({ target }) => target?.type === 'virtio'),
  plug('redirdev'),
  plug('rng'),
  plug('memory', (_device, { from }) => from.maxMemory !== undefined),
  plug('shmem'),
  plug('input', ({ bus }) => bus === 'usb' || bus === 'virtio'),
  row('devices.vsock.**', ({ change: { before, after }, from, to }) =>
    before !== undefined && after !== undefined
      ? undefined
      : from.devices.vsock === undefined
        ? ['attach-device', FILE, ...BOTH]
        : to.devices.vsock === undefined
          ? ['detach-device', FILE, ...BOTH]
          : undefined,
  ),
  plug('watchdog', (_device, { from }) => from.devices.watchdog.length === 0),
  plug('filesystem', ({ driver }) => (driver as { type?: string } | undefined)?.type === 'virtiofs'),
  plug('lease'),
];

/** Whether a row is about that place. */
export function isAt({ at }: LiveRow, place: string): boolean {
  const [wanted, given] = [at.split('.'), place.split('.')];
  if (wanted.at(-1) === '**') {
    wanted.pop();
    return given.length >= wanted.length && wanted.every((name, i) => name === '*' || name === given[i]);
  }
  return wanted.length === given.length && wanted.every((name, i) => name === '*' || name === given[i]);
}
