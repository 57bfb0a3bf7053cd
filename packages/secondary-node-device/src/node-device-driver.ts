import { formatNodeDevice, type NodeDeviceDef } from '@virtkit/core/conf';
import {
  CLOCK,
  type Clock,
  COMMAND_RUNNER,
  type CommandRunner,
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  HOST_FS,
  type HostFs,
  inject,
  injectable,
  type InjectionToken,
  LOG,
  type Log,
  type NodeDeviceDriver,
  nodeDeviceEventOps,
  type NodeDeviceRef,
  Registrations,
  scopeOfUri,
  type StateDriver,
  withFlagChecks,
} from '@virtkit/core/driver';
import {
  ConnectListAllNodeDeviceFlags as List,
  ErrorDomain,
  NodeDeviceCreateXMLFlags,
  NodeDeviceDefineXMLFlags,
} from '@virtkit/core/util';
import { DeviceMaker } from './create-device.js';
import { capabilityNames, type Device, DeviceList } from './device-list.js';
import { noDevice } from './node-device-errors.js';

/** Host scope: the host's devices. */
export const NODE_DEVICES: InjectionToken<NodeDevices> = Symbol.for('@virtkit/secondary-node-device:NodeDevices');

@injectable()
export class NodeDevices implements StateDriver {
  readonly list: DeviceList;
  readonly maker: DeviceMaker;

  constructor(
    @inject(HOST_FS) hostFs: HostFs,
    @inject(CLOCK) clock: Clock,
    @inject(COMMAND_RUNNER) commands: CommandRunner,
    @inject(LOG) log: Log,
  ) {
    this.list = new DeviceList(hostFs, clock, commands, log);
    this.maker = new DeviceMaker(this.list, commands);
  }

  stateCleanup(): void {
    this.list.close();
  }
}

/** Opens nodedev:///system, nodedev:///session and nodedev:///embed?root=DIR: the host is the same for all. */
@injectable()
export class NodeDeviceConnectionFactory implements ConnectionFactory {
  constructor(@inject(NODE_DEVICES) private readonly devices: NodeDevices) {}

  connectOpen(uri: ConnectionUri): DriverConnection {
    scopeOfUri(uri, ErrorDomain.NODEDEV);
    const { list, maker } = this.devices;
    const registrations = new Registrations(list.events, ErrorDomain.NODEDEV);
    const events = nodeDeviceEventOps(registrations);
    const table: NodeDeviceDriver = {
      ...deviceTable(list, maker),
      ...events,
      connectNodeDeviceEventRegisterAny(dev, eventID, callback) {
        const id = events.connectNodeDeviceEventRegisterAny(dev, eventID, callback);
        list.watch();
        return id;
      },
    };
    return {
      nodeDevice: withFlagChecks(table, ACCEPTED, ErrorDomain.NODEDEV),
      close: () => registrations.close(),
    };
  }
}

/** Which bit of the list flags stands for a capability. */
const CAP_FLAGS: Readonly<Record<string, number>> = {
  system: List.CAP_SYSTEM,
  pci: List.CAP_PCI_DEV,
  usb_device: List.CAP_USB_DEV,
  usb: List.CAP_USB_INTERFACE,
  net: List.CAP_NET,
  scsi_host: List.CAP_SCSI_HOST,
  scsi_target: List.CAP_SCSI_TARGET,
  scsi: List.CAP_SCSI,
  storage: List.CAP_STORAGE,
  fc_host: List.CAP_FC_HOST,
  vports: List.CAP_VPORTS,
  scsi_generic: List.CAP_SCSI_GENERIC,
  drm: List.CAP_DRM,
  mdev_types: List.CAP_MDEV_TYPES,
  mdev: List.CAP_MDEV,
  ccw: List.CAP_CCW_DEV,
  css: List.CAP_CSS_DEV,
  vdpa: List.CAP_VDPA,
  ap_card: List.CAP_AP_CARD,
  ap_queue: List.CAP_AP_QUEUE,
  ap_matrix: List.CAP_AP_MATRIX,
  vpd: List.CAP_VPD,
};
const ALL_CAPS = Object.values(CAP_FLAGS).reduce((bits, bit) => bits | bit, 0);

const ACCEPTED = {
  connectListAllNodeDevices: ALL_CAPS | List.INACTIVE | List.ACTIVE,
  nodeDeviceCreateXML: NodeDeviceCreateXMLFlags.VALIDATE,
  nodeDeviceDefineXML: NodeDeviceDefineXMLFlags.VALIDATE,
};

const refOf = ({ name }: NodeDeviceDef): NodeDeviceRef => ({ name });

function deviceTable(list: DeviceList, maker: DeviceMaker): NodeDeviceDriver {
  const withCap = async (cap: string | null): Promise<NodeDeviceDef[]> =>
    [...(await list.all()).values()]
      .map(({ def }) => def)
      .filter((def) => cap === null || capabilityNames(def).includes(cap));
  /** A device that was made is there once the kernel says so. */
  const made = async (uuid: string): Promise<NodeDeviceRef> => {
    const wanted = ({ active, def }: Device): boolean =>
      active && def.capability.some((one) => one.type === 'mdev' && one.uuid === uuid);
    const found = [...(await list.all()).values()].find(wanted);
    if (found === undefined) throw noDevice(`no node device with uuid '${uuid}' has come up`);
    return refOf(found.def);
  };
  const defOf = async ({ name }: NodeDeviceRef): Promise<NodeDeviceDef> => (await list.byName(name)).def;
  return {
    nodeNumOfDevices: async (cap) => (await withCap(cap)).length,
    nodeListDevices: async (cap) => (await withCap(cap)).map(({ name }) => name),
    async connectListAllNodeDevices(flags) {
      const caps = flags & ALL_CAPS;
      const states = (flags >>> 0) & (List.INACTIVE | List.ACTIVE) ? flags >>> 0 : ~0;
      return [...(await list.all()).values()]
        .filter(({ active }) => (states & (active ? List.ACTIVE : List.INACTIVE)) !== 0)
        .map(({ def }) => def)
        .filter((def) => caps === 0 || capabilityNames(def).some((name) => (caps & (CAP_FLAGS[name] ?? 0)) !== 0))
        .map(refOf);
    },
    nodeDeviceLookupByName: async (name) => refOf(await defOf({ name })),
    nodeDeviceGetXMLDesc: async (ref) => formatNodeDevice(await defOf(ref)),
    nodeDeviceGetParent: async (ref) => (await defOf(ref)).parent?.name ?? null,
    nodeDeviceNumOfCaps: async (ref) => capabilityNames(await defOf(ref)).length,
    nodeDeviceListCaps: async (ref) => capabilityNames(await defOf(ref)),
    nodeDeviceCreateXML: async (xml, flags) => made(await maker.create(xml, flags)),
    nodeDeviceDefineXML: async (xml, flags) => ({ name: await maker.define(xml, flags) }),
    nodeDeviceDestroy: async ({ name }) => maker.destroy(await list.byName(name)),
    nodeDeviceUndefine: async ({ name }) => maker.undefine(await list.byName(name)),
    nodeDeviceCreate: async ({ name }) => maker.start(await list.byName(name)),
    nodeDeviceSetAutostart: async ({ name }, autostart) => maker.setAutostart(await list.byName(name), autostart),
    nodeDeviceIsActive: async ({ name }) => (await list.byName(name)).active,
    nodeDeviceIsPersistent: async ({ name }) => (await list.byName(name)).persistent,
    nodeDeviceGetAutostart: async ({ name }) => (await list.byName(name)).autostart,
  };
}
