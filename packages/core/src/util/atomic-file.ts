import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface AtomicFileOptions {
  /** Default 0600. */
  readonly mode?: number;
  /** True (default) also survives a loss of power: the file and its directory are on disk when this resolves. */
  readonly durable?: boolean;
}

/**
 * virFileRewrite: replaces a file at once, through a temporary file beside it and a rename. Whoever reads it, also after a
 * crash at any moment, finds all of the old content or all of the new. Missing directories are created. One writer per
 * path at a time.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, durable = true }: AtomicFileOptions = {},
): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', mode).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(temporary, 'w', mode);
  });
  try {
    await file.writeFile(content);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  if (durable) await syncDirectory(dirname(path));
}

/** Makes renames, links and removals in a directory survive a loss of power. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
