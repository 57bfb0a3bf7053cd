import type { NodeDeviceDef } from '@virtkit/core/conf';

/** virNodeDeviceObj */
export interface NodeDeviceObject {
  readonly def: NodeDeviceDef;
}

/** The kinds of a device: its capabilities, and those inside them. */
export function capabilityTypes({ capability }: NodeDeviceDef): ReadonlySet<string> {
  const types = new Set<string>();
  for (const one of capability) {
    types.add(one.type);
    const inner = 'capability' in one ? one.capability : undefined;
    for (const { type } of (inner as readonly { type: string }[] | undefined) ?? []) types.add(type);
  }
  return types;
}
