import type { ChannelDef, DomainDef, MemoryDeviceDef } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import { selectFirmware } from '../firmware/index.js';
import { isPSeries } from '../machine.js';
import { alignedNvdimm, PSERIES_BLOCK } from '../nvdimm.js';
import { assignAliases } from './aliases.js';
import type { CommandContext } from './context.js';

/** Memory blocks in KiB: what is not a multiple of them cannot be plugged. */
const ALIGNMENT = { ordinary: 1024, module: 2048, pSeries: PSERIES_BLOCK } as const;

/**
 * A copy of a definition as it is going to run: its devices have names, memory has sizes that the machine can have, and
 * sockets that were left to us have paths.
 */
export function prepareDefinition(config: DomainDef, context: CommandContext): DomainDef {
  const def = assignAliases(config);
  const machine = context.machineName(def.os.type.machine ?? '');
  selectFirmware(def, context.firmware, machine, `${context.nvramDir}/${def.name}_VARS.fd`);
  if (def.cpu !== undefined) def.cpu = { ...def.cpu, ...context.settleCpu(def.cpu) };
  alignMemory(def);
  for (const channel of def.devices.channel) placeChannel(channel, context);
  return def;
}

/** qemuDomainAlignMemorySizes */
function alignMemory(def: DomainDef): void {
  const block = isPSeries(def) ? ALIGNMENT.pSeries : ALIGNMENT.ordinary;
  const up = (size: number): number => Math.ceil(size / block) * block;
  const cells = def.cpu?.numa?.cell ?? [];
  const before = initialMemory(def);
  for (const [place, cell] of cells.entries()) {
    cell.memory = up(cell.memory);
    needCountable(cell.memory, `memory size of NUMA node '${place}'`);
  }
  const initial = cells.length > 0 ? cells.reduce((sum, { memory }) => sum + memory, 0) : up(before);
  const module = isPSeries(def) ? block : ALIGNMENT.module;
  for (const device of def.devices.memory) device.target.size = alignedModule(def, device, module);
  needCountable(initial, 'initial memory size');
  if (def.maxMemory !== undefined) {
    def.maxMemory.value = up(def.maxMemory.value);
    needCountable(def.maxMemory.value, 'maximum memory size');
  }
  const total = initial + pluggedMemory(def);
  if (def.currentMemory > total || def.currentMemory === def.memory.value) def.currentMemory = total;
  def.memory.value = total;
}

/** Bytes are counted with 63 bits. */
function needCountable(size: number, what: string): void {
  if (size > Number.MAX_SAFE_INTEGER) throw configUnsupported(`${what} overflowed after alignment`);
}

function alignedModule(def: DomainDef, { model, target }: MemoryDeviceDef, block: number): number {
  return model === 'nvdimm' && isPSeries(def) ? alignedNvdimm(target) : Math.ceil(target.size / block) * block;
}

/** KiB of memory devices; enclave pages are apart from a guest's memory. */
const pluggedMemory = ({ devices }: DomainDef): number =>
  devices.memory.reduce((sum, { model, target }) => (model === 'sgx-epc' ? sum : sum + target.size), 0);

/** virDomainDefGetMemoryInitial: KiB that the guest starts with, without its memory devices. */
export function initialMemory(def: DomainDef): number {
  const cells = (def.cpu?.numa?.cell ?? []).reduce((sum, { memory }) => sum + memory, 0);
  return cells > 0 ? cells : def.memory.value - pluggedMemory(def);
}

/** A port without a name goes by its place. */
function portName({ address }: ChannelDef): string {
  const places = address?.type === 'virtio-serial' ? [address.controller, address.bus, address.port] : [0, 0, 0];
  return `vioser-${places.map((place) => String(place).padStart(2, '0')).join('-')}.sock`;
}

/** A channel that leaves its socket to us gets one in the domain's own folder. */
function placeChannel(channel: ChannelDef, context: CommandContext): void {
  if (channel.type !== 'unix' || channel.source?.path !== undefined) return;
  const name = (channel.target.type === 'virtio' ? channel.target.name : undefined) ?? portName(channel);
  channel.source = { ...channel.source, mode: 'bind', path: `${context.channelDir}/${name}` };
}
