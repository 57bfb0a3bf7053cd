import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { DomainDef, HostdevDef, InterfaceDef, PciAddress } from '@virtkit/core/conf';
import type { ArgList } from './arg-list.js';
import { bootIndexOf, type BootIndexes } from './boot.js';
import type { CommandContext } from './context.js';
import { addressProps, controllerAlias } from './device-address.js';
import { NARROW } from './disks.js';
import { rom } from './interfaces.js';
import { addSecret } from './secrets.js';
import { virtioProps } from './virtio.js';

/** qemuBuildHostdevCommandLine: devices of the host, and interfaces that are such. */
export function addHostdevs(
  args: ArgList,
  def: DomainDef,
  context: CommandContext,
  boot: BootIndexes,
  next: () => number,
): void {
  for (const hostdev of def.devices.hostdev) addHostdev(args, def, context, hostdev, boot, next);
}

/** Interfaces of type hostdev come where interfaces do. */
export function addHostdevInterface(args: ArgList, def: DomainDef, net: InterfaceDef, boot: BootIndexes): void {
  if (net.type !== 'hostdev' || net.source?.address?.type !== 'pci') return;
  const alias = net.alias?.name ?? '';
  args.device({
    driver: 'vfio-pci',
    host: hostName(net.source.address),
    id: alias,
    ...bootIndexOf(boot, net),
    ...(net.teaming?.type === 'transient' && { failover_pair_id: net.teaming.persistent }),
    ...addressProps(def, net),
    ...rom(net),
  });
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const hostName = ({
  domain,
  bus,
  slot,
  function: fn,
}: Pick<PciAddress, 'domain' | 'bus' | 'slot' | 'function'>): string =>
  `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;

function addHostdev(
  args: ArgList,
  def: DomainDef,
  context: CommandContext,
  hostdev: HostdevDef,
  boot: BootIndexes,
  next: () => number,
): void {
  if (hostdev.address?.type === 'unassigned') return;
  const alias = hostdev.alias?.name ?? '';
  const where = addressProps(def, hostdev);
  const index = bootIndexOf(boot, hostdev);
  switch (hostdev.type) {
    case 'pci':
      args.device({
        driver: 'vfio-pci',
        host: hostName(hostdev.source.address),
        id: alias,
        ...index,
        ...(hostdev.teaming?.type === 'transient' && { failover_pair_id: hostdev.teaming.persistent }),
        ...where,
        ...rom(hostdev),
      });
      return;
    case 'usb': {
      const { address, missing, guestReset } = hostdev.source;
      const bus = address?.bus ?? 0;
      const device = address?.device ?? 0;
      args.device({
        driver: 'usb-host',
        ...(missing === true
          ? {}
          : args.caps.has('usb-host.hostdevice')
            ? { hostdevice: `/dev/bus/usb/${String(bus).padStart(3, '0')}/${String(device).padStart(3, '0')}` }
            : { hostbus: bus, hostaddr: device }),
        id: alias,
        ...index,
        ...(guestReset !== undefined && {
          'guest-reset': guestReset !== 'off',
          ...(args.caps.has('usb-host.guest-resets-all') &&
            guestReset !== 'off' && { 'guest-resets-all': guestReset === 'on' }),
        }),
        ...where,
      });
      return;
    }
    case 'scsi':
      addScsi(args, def, context, hostdev, index, next);
      return;
    case 'scsi_host':
      if (!context.hasDevice('/dev/vhost-scsi'))
        throw new LibvirtError(
          ErrorCode.CONFIG_UNSUPPORTED,
          ErrorDomain.NONE,
          "vhost-scsi device file '/dev/vhost-scsi' cannot be found: load the kernel module vhost_scsi",
        );
      args.device({
        ...virtioProps('vhost-scsi', hostdev, args.caps, hostdev.model, undefined),
        wwpn: hostdev.source.wwpn,
        vhostfd: context.passedFd(`${alias}-vhost-scsi`),
        id: alias,
        ...where,
      });
      return;
    case 'mdev':
      args.device({
        driver: hostdev.model === 'vfio-pci' && hostdev.ramfb === true ? 'vfio-pci-nohotplug' : hostdev.model,
        id: alias,
        sysfsdev: `/sys/bus/mdev/devices/${hostdev.source.address.uuid}`,
        ...(hostdev.display !== undefined && { display: hostdev.display ? 'on' : 'off' }),
        ...(hostdev.ramfb === true && { ramfb: true }),
        ...index,
        ...where,
      });
      return;
  }
}

function addScsi(
  args: ArgList,
  def: DomainDef,
  context: CommandContext,
  hostdev: Extract<HostdevDef, { type: 'scsi' }>,
  index: { bootindex?: number },
  next: () => number,
): void {
  const alias = hostdev.alias?.name ?? '';
  const { source } = hostdev;
  const readonly = hostdev.readonly === true;
  const node = `libvirt-${next()}-backend`;
  if (source.protocol === 'adapter') {
    const { bus, target, unit } = source.address;
    const filename = context.scsiGeneric(source.adapter.name, bus, target, unit);
    args.json('-blockdev', { driver: 'host_device', filename, 'node-name': node, 'read-only': readonly });
  } else {
    const secret = source.auth === undefined ? undefined : `${node}-secret0`;
    if (secret !== undefined) addSecret(args, context, secret, source.auth?.secret);
    const host = source.host[0];
    const [target = '', lun = '0'] = source.name.split('/');
    args.json('-blockdev', {
      driver: 'iscsi',
      portal: `${host?.name ?? ''}:${host?.port ?? 0}`,
      target,
      lun: Number(lun),
      transport: 'tcp',
      ...(source.auth !== undefined && { user: source.auth.username, 'password-secret': secret }),
      ...(source.initiator !== undefined && { 'initiator-name': source.initiator.iqn.name }),
      'node-name': node,
      'read-only': readonly,
    });
  }
  const { address } = hostdev;
  const drive = address?.type === 'drive' ? address : { controller: 0, bus: 0, target: 0, unit: 0 };
  const controller = def.devices.controller.find((c) => c.type === 'scsi' && c.index === drive.controller);
  const narrow = controller?.type === 'scsi' && NARROW.has(controller.model ?? '');
  args.device({
    driver: 'scsi-generic',
    drive: node,
    id: alias,
    ...index,
    bus: `${controllerAlias(def, 'scsi', drive.controller)}.0`,
    ...(narrow ? { 'scsi-id': drive.unit } : { channel: 0, 'scsi-id': drive.target, lun: drive.unit }),
  });
}
