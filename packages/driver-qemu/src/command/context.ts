import type { DiskDef, GuestCpuDef, InterfaceDef, NetworkSource, SecretRef, StorageSource } from '@virtkit/core/conf';
import type { ImageFacts } from '../block/index.js';
import type { FirmwareDescriptor } from '../firmware/index.js';

/** A mounted hugetlbfs; `size` in KiB. */
export interface HugePages {
  readonly mount: string;
  readonly sizeKiB: number;
  readonly default?: boolean;
}

/** How the host's side of an interface is reached: a tap device, or what stands for one. */
export type TapDescriptors =
  | { readonly fds: readonly string[]; readonly vhostFds: readonly string[] }
  /** QEMU makes the device itself, and it goes with QEMU. */
  | { readonly ifname: string; readonly vhost: boolean };

/** A secret's value, encrypted for one QEMU. */
export interface SealedSecret {
  readonly data: string;
  readonly iv: string;
}

/** What a command line depends on besides the definition: qemu.conf, the host, and what was prepared for this run. */
export interface CommandContext {
  /** Directory of this run: sockets, keys. */
  readonly dir: string;
  /** `-chardev` backend of the monitor, without its id. */
  readonly monitor: string;
  /** What the guest's state comes from, for one that does not boot. */
  readonly incoming?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether guests' memory is in core dumps of QEMU where the domain does not say. */
  readonly dumpGuestCore: boolean;
  readonly seccomp: boolean;
  /** Log of QEMU has time stamps. */
  readonly timestamps: boolean;
  /** File with the key under which secrets are passed; without one there are none. */
  readonly masterKey?: string | undefined;
  readonly hugepages: readonly HugePages[];
  /** Folder of this domain's memory files. */
  readonly memoryDir: string;
  /** Folder of this domain's files on a hugetlbfs. */
  hugepageDir(mount: string): string;
  readonly tls: {
    readonly vnc?: string | undefined;
    readonly spice?: string | undefined;
    readonly chardev?: string | undefined;
    /** Sockets of character devices are encrypted where the domain does not say. */
    readonly chardevDefault?: boolean;
    readonly vncSecret?: boolean;
    readonly chardevSecret?: boolean;
    readonly chardevVerify?: boolean;
    readonly blockDir: (source: NetworkSource) => string | undefined;
    readonly blockSecret: (source: NetworkSource) => boolean;
  };
  readonly vnc: {
    readonly listen: string;
    readonly password?: string;
    readonly sasl: boolean;
    readonly verify: boolean;
    readonly autoSocket: boolean;
  };
  readonly spice: {
    readonly listen: string;
    readonly password?: string;
    readonly sasl: boolean;
    readonly autoSocket: boolean;
  };
  /** Installed firmware, most wanted first. */
  readonly firmware: readonly FirmwareDescriptor[];
  /** Folder of the files in which firmware keeps its variables. */
  readonly nvramDir: string;
  /** The full name of a machine that may be told by its alias. */
  machineName(machine: string): string;
  /** qemuProcessUpdateGuestCPU: the CPU that the guest gets here. */
  settleCpu(cpu: GuestCpuDef): GuestCpuDef;
  /** Folder of sockets for channels. */
  readonly channelDir: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Numbers of descriptors that QEMU inherits, by what they are for. */
  tap(net: InterfaceDef, queues: number, vhost: boolean): TapDescriptors;
  passedFd(purpose: string): string;
  /** How QEMU gets a socket that listens there: `fd=N` if it is made for it, else `path=…`. */
  listen(purpose: string, path: string): string;
  /** Descriptors of a file that was opened for QEMU; none where it opens the file itself. */
  openFiles(purpose: string, path: string): readonly string[];
  /** Descriptors of a group that the application passed. */
  fdGroup(name: string): readonly string[];
  /** Where passt listens for an interface. */
  passtSocket(alias: string): string;
  /** Verbosity of the gluster library. */
  readonly glusterDebug: number;
  /** The host obeys FIPS 140. */
  readonly fips: boolean;
  /** Folder of SASL's configuration, if not the system's. */
  readonly saslDir?: string | undefined;
  /** Whether this host has a device node. */
  hasDevice(path: string): boolean;
  /** The generic device node of a SCSI device of the host. */
  scsiGeneric(adapter: string, bus: number, target: number, unit: number): string;
  /** Undefined where no emulator is prepared. */
  readonly tpmSocket: string | undefined;
  sealSecret(id: string, what: SecretRef | { readonly text: string } | undefined): SealedSecret;
  facts?(source: StorageSource): ImageFacts;
  volume?(disk: DiskDef): StorageSource | undefined;
  drmRenderNode(): string;
  /** The bus of a display over D-Bus that names none. */
  dbusAddress(): string;
  readonly vsockCid: number;
  /** Nodes that numad would choose. */
  readonly autoNodeset?: string;
  /** All NUMA nodes of the host. */
  readonly numaNodes: string;
}
