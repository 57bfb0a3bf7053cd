import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** What `bundle.json` says: paths are relative to the daemon's folder. */
interface BundleManifest {
  /** Files that change with what went into the bundle: path, size, time of the last change in milliseconds. */
  readonly inputs: readonly (readonly [path: string, size: number, changed: number])[];
  /** Bundled entry by the folder of the driver's package. */
  readonly drivers: Readonly<Record<string, string>>;
}

/** Loads a module that was bundled. */
export type ModuleLoader = () => unknown;

interface LoadedChunk {
  readonly script: Script;
  readonly module: { exports: unknown };
}

const nodeRequire = createRequire(import.meta.url);
// What is bundled includes the core's loader, and a script has no import() of its own.
// oxlint-disable-next-line virtkit/walls
const importModule = (specifier: string): Promise<unknown> => import(specifier);
const codeFile = (file: string): string => `${file}.code`;

/**
 * The daemon and the drivers built beside it in a few files in place of hundreds, each with the code that V8 made of it
 * when the bundle was built: nothing is parsed and compiled again, which is most of a cold start. Another version of
 * Node refuses that code and compiles as ever.
 */
export class Bundle {
  readonly #chunks = new Map<string, LoadedChunk>();
  /** By the folder of the driver's package. */
  readonly drivers: ReadonlyMap<string, ModuleLoader>;

  private constructor(
    private readonly place: string,
    folder: string,
    drivers: BundleManifest['drivers'],
  ) {
    this.drivers = new Map(Object.entries(drivers).map(([path, file]) => [join(folder, path), () => this.load(file)]));
  }

  /** The bundle of the daemon in this folder, said without symbolic links; undefined if there is none, or if something has been built after it. */
  static find(folder: string): Bundle | undefined {
    const place = join(folder, 'dist/bundle');
    try {
      const { inputs, drivers } = JSON.parse(readFileSync(join(place, 'bundle.json'), 'utf8')) as BundleManifest;
      for (const [path, size, changed] of inputs) {
        const now = statSync(join(folder, path));
        if (now.size !== size || now.mtimeMs !== changed) return undefined;
      }
      return new Bundle(place, folder, drivers);
    } catch {
      return undefined;
    }
  }

  /** What a file of the bundle exports. */
  load(name: string): unknown {
    const loaded = this.#chunks.get(name);
    if (loaded !== undefined) return loaded.module.exports;
    const filename = join(this.place, name);
    const cachedData = readIfThere(codeFile(filename));
    const script = new Script(
      // The files have no characters beyond ASCII, and call `importModule` where they mean import().
      `(function (exports, require, module, __filename, importModule) {${readFileSync(filename, 'latin1')}\n})`,
      { filename, ...(cachedData === undefined ? {} : { cachedData }) },
    );
    const module: LoadedChunk['module'] = { exports: {} };
    this.#chunks.set(name, { script, module });
    const require = (id: string): unknown => (id.startsWith('./') ? this.load(id.slice(2)) : nodeRequire(id));
    const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
    run(module.exports, require, module, filename, importModule);
    return module.exports;
  }

  /** Keeps the code of everything that was loaded and has run until now, for later processes. */
  saveCode(): void {
    for (const [name, { script }] of this.#chunks)
      writeFileSync(codeFile(join(this.place, name)), script.createCachedData());
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
