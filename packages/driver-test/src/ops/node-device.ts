import { confContext, formatNodeDevice, nodeDevice, type NodeDeviceDef, parseNodeDevice } from '@virtkit/core/conf';
import type { NodeDeviceDriver, NodeDeviceRef } from '@virtkit/core/driver';
import {
  ConnectListAllNodeDeviceFlags as List,
  ErrorDomain,
  NodeDeviceCreateXMLFlags,
  NodeDeviceEventLifecycleType,
} from '@virtkit/core/util';
import { checked } from '../conf/schema.js';
import { internalError, noNodeDevice } from '../errors.js';
import { capabilityTypes } from '../state/node-device-object.js';
import type { TestNode } from '../state/test-node.js';
import { createVport, fcHostOf, requireVportParent } from '../state/vport.js';

/** Bits of a list call by kind of capability. */
const CAPABILITY_BITS: readonly (readonly [type: string, bit: number])[] = [
  ['system', List.CAP_SYSTEM],
  ['pci', List.CAP_PCI_DEV],
  ['usb_device', List.CAP_USB_DEV],
  ['usb', List.CAP_USB_INTERFACE],
  ['net', List.CAP_NET],
  ['scsi_host', List.CAP_SCSI_HOST],
  ['scsi_target', List.CAP_SCSI_TARGET],
  ['scsi', List.CAP_SCSI],
  ['storage', List.CAP_STORAGE],
  ['fc_host', List.CAP_FC_HOST],
  ['vport_ops', List.CAP_VPORTS],
  ['scsi_generic', List.CAP_SCSI_GENERIC],
  ['drm', List.CAP_DRM],
  ['mdev_types', List.CAP_MDEV_TYPES],
  ['mdev', List.CAP_MDEV],
  ['ccw', List.CAP_CCW_DEV],
  ['css', List.CAP_CSS_DEV],
  ['vdpa', List.CAP_VDPA],
  ['ap_card', List.CAP_AP_CARD],
  ['ap_queue', List.CAP_AP_QUEUE],
  ['ap_matrix', List.CAP_AP_MATRIX],
  ['vpd', List.CAP_VPD],
];

/** libvirt's word for devices that virtual ports can be made under. */
const VPORTS = 'vports';

/** Node devices. */
export function nodeDeviceOps(node: TestNode) {
  const { nodeDevices, events } = node;

  function find(name: string): NodeDeviceDef {
    const device = nodeDevices.get(name);
    if (device === undefined) throw noNodeDevice(`no node device with matching name '${name}'`);
    return device.def;
  }

  function names(cap: string | null): string[] {
    if (cap === null) return [...nodeDevices.keys()];
    const type = cap === VPORTS ? 'vport_ops' : cap;
    return Array.from(nodeDevices.values()).flatMap(({ def }) => (capabilityTypes(def).has(type) ? [def.name] : []));
  }

  return {
    nodeNumOfDevices: (cap: string | null, flags: number) => names(cap).length,
    nodeListDevices: (cap: string | null, flags: number) => names(cap),

    connectListAllNodeDevices(flags: number): NodeDeviceRef[] {
      const wanted = CAPABILITY_BITS.filter(([, bit]) => (flags & bit) !== 0);
      const refs: NodeDeviceRef[] = [];
      for (const { def } of nodeDevices.values()) {
        const types = capabilityTypes(def);
        if (flags === 0 || wanted.some(([type]) => types.has(type))) refs.push({ name: def.name });
      }
      return refs;
    },

    nodeDeviceLookupByName: (name: string) => ({ name: find(name).name }),
    nodeDeviceGetXMLDesc: ({ name }: NodeDeviceRef, flags: number) => formatNodeDevice(find(name)),
    nodeDeviceGetParent: ({ name }: NodeDeviceRef) => find(name).parent?.name ?? null,
    nodeDeviceNumOfCaps: ({ name }: NodeDeviceRef) => find(name).capability.length,
    nodeDeviceListCaps: ({ name }: NodeDeviceRef) => find(name).capability.map(({ type }) => type),

    nodeDeviceCreateXML(xml: string, flags: number): NodeDeviceRef | Promise<NodeDeviceRef> {
      return checked('nodedev', nodeDevice, xml, (flags & NodeDeviceCreateXMLFlags.VALIDATE) !== 0, () => {
        const def = parseNodeDevice(xml, { ...confContext(), create: true });
        const wwn = fcHostOf(def);
        if (wwn === undefined) throw internalError('Device is not a fibre channel HBA', ErrorDomain.NODEDEV);
        for (const name of ['wwnn', 'wwpn'] as const)
          if (wwn[name] === undefined)
            throw internalError(
              `no ${name.toUpperCase()} supplied for '${def.name}', and auto-generation failed`,
              ErrorDomain.NODEDEV,
            );
        requireVportParent(node, def.name, def.parent);
        return { name: createVport(node, wwn).name };
      });
    },

    nodeDeviceDestroy({ name }: NodeDeviceRef): void {
      const { parent } = find(name);
      // The host itself cannot go; libvirt's driver takes the call all the same.
      if (parent === undefined) return;
      nodeDevices.delete(name);
      events.nodeDeviceLifecycle(name, NodeDeviceEventLifecycleType.DELETED);
    },
  } satisfies NodeDeviceDriver;
}
