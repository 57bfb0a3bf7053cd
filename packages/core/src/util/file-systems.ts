import { release } from 'node:os';

/**
 * What statfs says of a file system: its magic number in the kernel. Those listed here lie in this machine, so looking at
 * what is in memory already never waits for another; one that is not listed may do so.
 */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xca451a4e, // bcachefs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0x3153464a, // jfs
  0x52654973, // reiserfs
  0x3434, // nilfs2
  0x794c7630, // overlayfs
  0x9660, // isofs
  0x15013346, // udf
  0x73717368, // squashfs
  0xe0f5e1e2, // erofs
  0x4d44, // vfat
  0x2011bab0, // exfat
  0x7366746e, // ntfs3
  0x01021994, // tmpfs
  0x858458f6, // ramfs
]);

/** tmpfs and ramfs: file systems without a disk behind them. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** Whether a file system with this magic number is known to be this machine's own. */
export const isLocalFileSystem = (magic: number): boolean => LOCAL.has(magic);

/** Whether there is no disk to wait for, as with status files under /run. */
export const isInMemoryFileSystem = (magic: number): boolean => IN_MEMORY.has(magic);

/** ext4, xfs, btrfs and tmpfs; see multigrain timestamps in the kernel's documentation. */
const MULTIGRAIN: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]);
const MULTIGRAIN_SINCE = [6, 13] as const;

/**
 * Whether a file that somebody has looked at bears another time after its next change, however soon that comes: in others
 * all changes within one tick of the kernel's clock bear the same.
 */
export function tellsChangesApart(magic: number): boolean {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  const [sinceMajor, sinceMinor] = MULTIGRAIN_SINCE;
  return MULTIGRAIN.has(magic) && (major > sinceMajor || (major === sinceMajor && minor >= sinceMinor));
}
