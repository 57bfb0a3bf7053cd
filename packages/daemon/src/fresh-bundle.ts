import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What `bundle.json` says: paths are relative to the daemon's folder. */
export interface BundleManifest {
  /** Every file that went into the bundle: path, size, time of its last change in milliseconds. */
  readonly inputs: readonly (readonly [path: string, size: number, changed: number])[];
  /** Bundled entry by the folder of the driver's package. */
  readonly drivers: Readonly<Record<string, string>>;
}

export interface Bundle {
  /** URL of a driver's bundled entry by the folder of its package. */
  readonly drivers: ReadonlyMap<string, string>;
}

/**
 * The bundle of this daemon and the drivers built beside it: a few files in place of hundreds, which is most of a cold
 * start. Undefined where there is none, or where one of the files that it was made of has changed since.
 */
export function freshBundle(folder: string): Bundle | undefined {
  const place = join(folder, 'dist/bundle');
  try {
    const { inputs, drivers } = JSON.parse(readFileSync(join(place, 'bundle.json'), 'utf8')) as BundleManifest;
    for (const [path, size, changed] of inputs) {
      const now = statSync(join(folder, path));
      if (now.size !== size || now.mtimeMs !== changed) return undefined;
    }
    const url = (file: string): string => pathToFileURL(join(place, file)).href;
    return {
      drivers: new Map(Object.entries(drivers).map(([path, file]) => [realpathSync(join(folder, path)), url(file)])),
    };
  } catch {
    return undefined;
  }
}
