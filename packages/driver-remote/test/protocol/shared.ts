import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Reference material about libvirt that lies beside the repository; tests that need it are skipped without it. */
export const sharedDir = process.env['VIRTKIT_SHARED'] ?? join(root, '..', 'shared');

export const sharedPath = (...parts: string[]): string | undefined => {
  const path = join(sharedDir, ...parts);
  return existsSync(path) ? path : undefined;
};
