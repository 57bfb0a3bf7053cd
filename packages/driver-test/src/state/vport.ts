import type { NodeDeviceCapability, NodeDeviceDef, NodeDeviceParent } from '@virtkit/core/conf';
import { ErrorDomain, NodeDeviceEventLifecycleType } from '@virtkit/core/util';
import { internalError } from '../errors.js';
import { capabilityTypes } from './node-device-object.js';
import type { TestNode } from './test-node.js';

/** The name of every virtual port that is made, and the device that it is made after. */
const VPORT = 'scsi_host12';
const TEMPLATE = 'scsi_host11';

export interface WorldWideNames {
  readonly wwnn?: string;
  readonly wwpn?: string;
}

const deviceError = (detail: string): Error => internalError(detail, ErrorDomain.NODEDEV);

/** The fibre channel names of a device that is one. */
export function fcHostOf({ capability }: NodeDeviceDef) {
  for (const one of capability)
    if (one.type === 'scsi_host') for (const inner of one.capability ?? []) if (inner.type === 'fc_host') return inner;
  return undefined;
}

/** virNodeDeviceObjListGetParentHost: the device under which a virtual port is to be made. */
export function requireVportParent(node: TestNode, name: string, parent: NodeDeviceParent | undefined): void {
  const devices = [...node.nodeDevices.values()].map(({ def }) => def);
  const capable = (def: NodeDeviceDef): boolean => capabilityTypes(def).has('vport_ops');
  let found: NodeDeviceDef | undefined;
  if (parent?.name !== undefined) {
    found = devices.find((def) => def.name === parent.name);
    if (found === undefined) throw deviceError(`Could not find parent device for '${name}'`);
    if (!capable(found)) throw deviceError(`Parent device ${parent.name} is not capable of vport operations`);
  } else if (parent?.wwnn !== undefined || parent?.wwpn !== undefined)
    found = devices.find((def) => {
      const fc = fcHostOf(def);
      return capable(def) && fc?.wwnn === parent.wwnn && fc?.wwpn === parent.wwpn;
    });
  else if (parent?.fabric_wwn !== undefined)
    found = devices.find((def) => capable(def) && fcHostOf(def)?.fabric_wwn === parent.fabric_wwn);
  else found = devices.find(capable);
  if (found === undefined) throw deviceError(`Could not find parent device for '${name}'`);
}

/** A virtual port with these names; the host has one at a time. */
export function createVport(node: TestNode, { wwnn, wwpn }: WorldWideNames): NodeDeviceDef {
  const template = node.nodeDevices.get(TEMPLATE)?.def;
  if (template === undefined) throw deviceError(`no device '${TEMPLATE}' to make a virtual port after`);
  const names = { ...(wwnn === undefined ? {} : { wwnn }), ...(wwpn === undefined ? {} : { wwpn }) };
  const capability = template.capability.map((one): NodeDeviceCapability =>
    one.type !== 'scsi_host' || one.capability === undefined
      ? one
      : {
          ...one,
          capability: one.capability.map((inner) => (inner.type === 'fc_host' ? { ...inner, ...names } : inner)),
        },
  );
  const def: NodeDeviceDef = { ...template, name: VPORT, capability };
  node.nodeDevices.set(VPORT, { def });
  node.events.nodeDeviceLifecycle(VPORT, NodeDeviceEventLifecycleType.CREATED);
  return def;
}

/** Takes away the virtual port with these names, if there is one. */
export function destroyVport(node: TestNode, { wwnn, wwpn }: WorldWideNames): void {
  const def = node.nodeDevices.get(VPORT)?.def;
  const names = def && fcHostOf(def);
  if (names === undefined || names.wwnn !== wwnn || names.wwpn !== wwpn) return;
  node.nodeDevices.delete(VPORT);
  node.events.nodeDeviceLifecycle(VPORT, NodeDeviceEventLifecycleType.DELETED);
}
