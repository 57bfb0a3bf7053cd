import type { DomainDef, VcpuEntryDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { placeVcpu, pinGuestThread } from '../cgroup/index.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { configUnsupported, operationFailed } from '../errors.js';
import type { ExecuteOptions, QmpConnection } from '../qmp/index.js';
import { pluggedVcpus } from './config-vcpus.js';
import { type HotpluggableCpu, type RunningCpu, type VcpuInfo, type VcpuSlot, combineVcpus } from './vcpu-info.js';

/** How long a guest may take to let go of a processor, in ms. */
const PATIENCE = 5_000;

/** What QEMU tells of a guest's processors. */
export async function readVcpus(
  { monitor }: Pick<LiveDomain, 'monitor'>,
  most: number,
  options: ExecuteOptions = {},
): Promise<VcpuInfo[]> {
  const [slots, running] = await Promise.all([
    monitor.execute<HotpluggableCpu[]>('query-hotpluggable-cpus', undefined, options),
    monitor.execute<RunningCpu[]>('query-cpus-fast', undefined, options),
  ]);
  return combineVcpus(slots, running, most);
}

/** A filled or empty slot with the number of its first processor. */
export interface NumberedSlot {
  readonly id: number;
  readonly online: boolean;
  readonly slot: VcpuSlot;
}

/** A slot's device is named after its first processor. */
const aliasOf = (id: number): string => `vcpu${id}`;

/**
 * qemuDomainSelectHotplugVcpuEntities: the slots to be filled, or emptied, so that a guest has `wanted` processors. Raises
 * CONFIG_UNSUPPORTED where no choice of whole slots makes that number.
 */
export function slotsFor(vcpus: readonly VcpuInfo[], wanted: number): { plug: NumberedSlot[]; unplug: NumberedSlot[] } {
  const slots = vcpus.flatMap(({ id, online, slot }) => (slot === undefined ? [] : [{ id, online, slot }]));
  let count = vcpus.filter(({ online }) => online).length;
  const plug: NumberedSlot[] = [];
  const unplug: NumberedSlot[] = [];
  for (const one of slots)
    if (!one.online && count + one.slot.vcpus <= wanted) {
      plug.push(one);
      count += one.slot.vcpus;
    }
  for (const one of slots.toReversed())
    if (one.online && one.slot.alias !== undefined && count - one.slot.vcpus >= wanted) {
      unplug.push(one);
      count -= one.slot.vcpus;
    }
  if (count !== wanted)
    throw configUnsupported('failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count');
  return { plug, unplug };
}

/** Fills a slot; what runs in it gets the place in control groups that the definition gives it. */
export async function plugSlot(
  live: LiveDomain,
  def: DomainDef,
  { id, slot }: NumberedSlot,
  options: ExecuteOptions = {},
): Promise<void> {
  await live.monitor.execute('device_add', { driver: slot.type, id: aliasOf(id), ...slot.topology }, options);
  const group = await live.cgroup;
  for (const { id: number, threadId } of await readVcpus(live, def.vcpu.value, options)) {
    if (threadId === undefined || number < id || number >= id + slot.vcpus) continue;
    if (group !== undefined) await placeVcpu(group, def, number, threadId);
    const pin = def.cputune?.vcpupin?.find(({ vcpu }) => vcpu === number)?.cpuset ?? def.vcpu.cpuset;
    if (pin !== undefined) await pinGuestThread(group, `vcpu${number}`, threadId, pin);
  }
}

/** Asks the guest to let go of a slot, and waits. Raises OPERATION_TIMEOUT when it does not, OPERATION_FAILED when it refuses. */
export async function unplugSlot(
  live: LiveDomain,
  { id, slot }: NumberedSlot,
  options: ExecuteOptions = {},
): Promise<void> {
  const device = slot.alias ?? aliasOf(id);
  let stop: () => void = () => undefined;
  const gone = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new LibvirtError(
          ErrorCode.OPERATION_TIMEOUT,
          ErrorDomain.QEMU,
          'vcpu unplug request timed out. Unplug result must be manually inspected in the domain',
        ),
      );
    }, PATIENCE);
    const unlisten = live.monitor.onEvent(({ event, data }) => {
      if ((event !== 'DEVICE_DELETED' && event !== 'DEVICE_UNPLUG_GUEST_ERROR') || data.device !== device) return;
      if (event === 'DEVICE_DELETED') resolve();
      else reject(operationFailed('vcpu unplug request was rejected by the guest'));
    });
    live.monitor.onClose(reject);
    stop = () => {
      clearTimeout(timer);
      unlisten();
    };
  });
  gone.catch(() => undefined);
  try {
    await live.monitor.execute('device_del', { id: device }, options);
    await gone;
  } finally {
    stop();
  }
  const group = await live.cgroup;
  for (let number = id; number < id + slot.vcpus; number++) await group?.child(`vcpu${number}`).remove();
}

/** virDomainVcpuDef of each processor of a guest that runs, in the order of their numbers. */
const entriesOf = (vcpus: readonly VcpuInfo[]): VcpuEntryDef[] =>
  vcpus.map(({ id, online, hotpluggable, slot }) => ({
    id,
    enabled: online,
    hotpluggable,
    ...(online && slot?.enableId !== undefined && { order: slot.enableId }),
  }));

/** The definition with the processors that a guest has now. */
export function withLiveVcpus(def: DomainDef, vcpus: readonly VcpuInfo[]): DomainDef {
  const online = vcpus.filter((one) => one.online).length;
  const { current: _, ...vcpu } = def.vcpu;
  return {
    ...def,
    vcpu: online === vcpu.value ? vcpu : { ...vcpu, current: online },
    vcpus: { vcpu: entriesOf(vcpus) },
  };
}

/** qemuProcessSetupHotpluggableVcpus: the processors that a guest begins with, but could lose. */
export async function plugVcpus(monitor: QmpConnection, def: DomainDef): Promise<void> {
  const ids = pluggedVcpus(def);
  if (ids.length === 0) return;
  const known = await readVcpus({ monitor }, def.vcpu.value);
  for (const id of ids) {
    const slot = known.find((one) => one.id === id)?.slot;
    if (slot === undefined)
      throw configUnsupported(`vcpu '${id}' cannot be hotpluggable: it is part of a larger entity`);
    await monitor.execute('device_add', { driver: slot.type, id: aliasOf(id), ...slot.topology });
  }
}
