import type { QemuCaps } from '../capabilities/index.js';
import type { HostPci, IsPcieDevice } from '../addresses/pci-flags.js';

/** What of qemu.conf and the host changes how a document is read. */
export interface QemuXmlRules {
  /** Of the emulator that runs the domain; undefined where no emulator is there to ask. */
  readonly caps: QemuCaps | undefined;
  /** Why `caps` is missing although there is an emulator: documents that need it are refused with this. */
  readonly capsProblem?: unknown;
  /** The emulator that runs guests of an architecture, where the document names none. */
  emulatorFor(arch: string): string | undefined;
  readonly hostArch: string;
  readonly isPcieDevice: IsPcieDevice;
  /** Groups of the host's PCI devices that cannot be told apart; undefined where that does not matter. */
  readonly iommuGroup?: HostPci['iommuGroup'];
  /** Folders in which running domains keep their files. */
  readonly stateDirs?: readonly string[];
  /** Folders in which sockets of channels are made up at start. */
  readonly channelDirs: readonly string[];
  /** TPM versions that swtpm can emulate; undefined where it is not installed. */
  readonly tpmVersions?: readonly string[] | undefined;
  /** Whether guests can be given a passt for their network. */
  readonly passt?: boolean;
  /** Whether there are certificates for SPICE; its TLS ports are refused where there are not. */
  readonly spiceTls?: boolean;
  /** Where UEFI variables and other data of domains lie. */
  readonly nvramDir: string;
}
