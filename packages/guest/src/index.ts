export { assemble } from './assembler.js';
export { bootSector, type DiskImageOptions, writeBootImage } from './boot-sector.js';
export { BOOT_SECTOR_SOURCE } from './boot-sector.asm.js';
