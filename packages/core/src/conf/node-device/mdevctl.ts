import type { MdevCapability } from './capability-types.js';
import type { NodeDeviceDef } from './node-device-def.js';

export type MdevctlCommand = 'create' | 'define' | 'start' | 'stop' | 'undefine' | 'modify';

/** A call of mdevctl: its arguments and, for what makes a device, the JSON on its stdin. */
export interface MdevctlCall {
  readonly args: readonly string[];
  readonly input?: string;
}

/** virMdevctl…: how mdevctl is asked; `parent` is the parent's address as the kernel names it. */
export function mdevctlCall(command: MdevctlCommand, def: NodeDeviceDef, parent?: string): MdevctlCall {
  const mdev = def.capability.find((one) => one.type === 'mdev');
  const uuid = mdev?.uuid === undefined ? [] : [`--uuid=${mdev.uuid}`];
  // A device that is not defined is made by starting it with all that there is to say.
  if (command !== 'create' && command !== 'define') return { args: [command, ...uuid] };
  return {
    args: [
      command === 'create' ? 'start' : 'define',
      `--parent=${parent ?? mdev?.parent_addr ?? ''}`,
      '--jsonfile=/dev/stdin',
      ...uuid,
    ],
    input: JSON.stringify(mdev === undefined ? {} : mdevJson(mdev)),
  };
}

function mdevJson({ mdevType, attr }: MdevCapability): Record<string, unknown> {
  return {
    mdev_type: mdevType.id,
    start: 'manual',
    ...(attr !== undefined && { attrs: attr.map(({ name, value }) => ({ [name]: value })) }),
  };
}
