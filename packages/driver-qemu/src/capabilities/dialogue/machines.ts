import type { MachineType } from '../model.js';
import { preferredMachineOf } from './default-machines.js';
import { ask, type ProbeSession } from './session.js';

interface MachineReply {
  name: string;
  alias?: string;
  'is-default'?: boolean;
  'cpu-max'?: number;
  'hotpluggable-cpus'?: boolean;
  'default-cpu-type'?: string;
  'numa-mem-supported'?: boolean;
  'default-ram-id'?: string;
  deprecated?: boolean;
}

/** query-machines, without the board that has nothing; the machine of a guest that names none comes first */
export async function probeMachines(session: ProbeSession, arch: string): Promise<MachineType[]> {
  const reply = (await ask<MachineReply[]>(session, 'query-machines')) ?? [];
  const machines = reply.filter((machine) => machine.name !== 'none').map(toMachine);
  const wanted = preferredMachineOf(arch);
  let first = machines.findIndex(
    (machine) => wanted !== undefined && (machine.name === wanted || machine.alias === wanted),
  );
  if (first < 0) first = machines.findIndex((machine) => machine.isDefault === true);
  if (first > 0) machines.unshift(...machines.splice(first, 1));
  return machines;
}

function toMachine(reply: MachineReply): MachineType {
  const machine: MachineType = { name: reply.name, maxCpus: reply['cpu-max'] ?? 0 };
  if (reply.alias !== undefined) machine.alias = reply.alias;
  if (reply['hotpluggable-cpus'] === true) machine.hotplugCpus = true;
  if (reply['is-default'] === true) machine.isDefault = true;
  if (reply['default-cpu-type'] !== undefined) machine.defaultCpu = reply['default-cpu-type'];
  // QEMU before 4.1 does not say; there all machines took mem=
  if (reply['numa-mem-supported'] !== false) machine.numaMemSupported = true;
  if (reply['default-ram-id'] !== undefined) machine.defaultRamId = reply['default-ram-id'];
  if (reply.deprecated === true) machine.deprecated = true;
  return machine;
}
