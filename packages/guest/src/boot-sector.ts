import { open } from 'node:fs/promises';
import { assemble } from './assembler.js';
import { BOOT_SECTOR_SOURCE } from './boot-sector.asm.js';

let assembled: Uint8Array | undefined;

/** The guest's 512 bytes: banner on COM1, echo, `off` and the ACPI power button power it off, `reboot` resets it. */
export function bootSector(): Uint8Array {
  assembled ??= assemble(BOOT_SECTOR_SOURCE);
  return Uint8Array.from(assembled);
}

/** Options of {@link writeBootImage}. */
export interface DiskImageOptions {
  /** Size of the image, a multiple of 512; default 1 MiB. */
  readonly size?: number;
}

// 16 heads of 63 sectors: SeaBIOS reads nothing from a disk that has less than one cylinder.
const CYLINDER = 16 * 63 * 512;

/** Writes a raw disk image (sparse) that boots the guest. An existing file is replaced. */
export async function writeBootImage(path: string, { size = 1_048_576 }: DiskImageOptions = {}): Promise<void> {
  if (size < CYLINDER || size % 512 !== 0)
    throw new RangeError(`${size} bytes: a disk that boots has whole sectors and at least ${CYLINDER} bytes`);
  const file = await open(path, 'w');
  try {
    await file.truncate(size);
    await file.write(bootSector(), 0, 512, 0);
  } finally {
    await file.close();
  }
}
