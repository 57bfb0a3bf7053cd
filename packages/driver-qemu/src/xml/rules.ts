import type { QemuCaps } from '../capabilities/index.js';
import type { IsPcieDevice } from '../addresses/pci-flags.js';

/** What of qemu.conf and the host changes how a document is read. */
export interface QemuXmlRules {
  /** Of the emulator that runs the domain; undefined where no emulator is there to ask. */
  readonly caps: QemuCaps | undefined;
  /** The emulator that runs guests of an architecture, where the document names none. */
  emulatorFor(arch: string): string | undefined;
  readonly hostArch: string;
  readonly isPcieDevice: IsPcieDevice;
  /** Folders in which sockets of channels are made up at start. */
  readonly channelDirs: readonly string[];
  /** Where UEFI variables and other data of domains lie. */
  readonly nvramDir: string;
}
