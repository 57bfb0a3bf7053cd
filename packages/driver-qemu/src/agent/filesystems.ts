import type { DomainDef } from '@virtkit/core/conf';

/** Where a disk is, as the guest sees it. */
export interface AgentDiskAddress {
  readonly 'pci-controller'?: {
    readonly domain: number;
    readonly bus: number;
    readonly slot: number;
    readonly function: number;
  };
  readonly 'ccw-address'?: { readonly cssid: number; readonly ssid: number; readonly devno: number };
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
  readonly serial?: string;
  readonly dev?: string;
}

/** One file system that is mounted in a guest. */
export interface AgentFilesystem {
  readonly name: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly disk: readonly AgentDiskAddress[];
  readonly 'used-bytes'?: number;
  readonly 'total-bytes'?: number;
}

/** One disk or partition of a guest. */
export interface AgentDisk {
  readonly name: string;
  readonly partition: boolean;
  readonly dependencies?: readonly string[];
  readonly address?: AgentDiskAddress;
  readonly alias?: string;
}

type Pci = NonNullable<AgentDiskAddress['pci-controller']>;
type Address = { readonly type?: string } & Readonly<Record<string, unknown>>;

const samePci = (address: Address | undefined, pci: Pci): boolean =>
  address?.type === 'pci' &&
  (['domain', 'bus', 'slot', 'function'] as const).every((part) => Number(address[part] ?? 0) === pci[part]);

/** virDomainDiskByAddress: the target of the disk that a guest sees there. */
export function diskAt({ devices }: DomainDef, where: AgentDiskAddress): string | undefined {
  const ccw = where['ccw-address'];
  const pci = where['pci-controller'];
  const controller =
    pci === undefined ? undefined : devices.controller.find((one) => samePci(one.address as Address | undefined, pci));
  const found = devices.disk.find((disk) => {
    const address = disk.address as Address | undefined;
    if (ccw !== undefined && address?.type === 'ccw')
      return (['cssid', 'ssid', 'devno'] as const).every((part) => Number(address[part] ?? 0) === ccw[part]);
    if (pci !== undefined && samePci(address, pci)) return true;
    return (
      address?.type === 'drive' &&
      controller !== undefined &&
      controller.type === BUSES[disk.target?.bus ?? ''] &&
      (controller.index ?? 0) === Number(address['controller'] ?? 0) &&
      (['bus', 'target', 'unit'] as const).every((part) => Number(address[part] ?? 0) === where[part])
    );
  });
  return found?.target?.dev;
}

/** Controllers by the buses of disks. */
const BUSES: Readonly<Record<string, string>> = { scsi: 'scsi', sata: 'sata', ide: 'ide', fdc: 'fdc', usb: 'usb' };
