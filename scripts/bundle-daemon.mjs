// Bundles virtkitd and the drivers of this workspace into packages/daemon/dist/bundle, with the code that V8 makes of them:
// a cold start then reads a few files in place of hundreds and compiles none. virtkitd leaves a bundle aside that is
// older than what it was made of.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { Bundle } from '../packages/daemon/dist/bundle.js';

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages');
const daemon = join(packages, 'daemon');
const place = join(daemon, 'dist/bundle');

/** The driver packages that are built. */
const drivers = readdirSync(packages)
  .map((name) => ({ name, folder: join(packages, name), entry: join(packages, name, 'dist/index.js') }))
  .filter(({ folder, entry }) => {
    const manifest = join(folder, 'package.json');
    return (
      existsSync(manifest) && existsSync(entry) && JSON.parse(readFileSync(manifest, 'utf8')).virtkit !== undefined
    );
  });
/** What the compiler writes whenever it has changed something in the dist of one of these packages. */
const inputs = [...new Set(['core', 'daemon', ...drivers.map(({ name }) => name)])].map((name) =>
  join(packages, name, '.cache/tsbuildinfo'),
);
/** As the loader of bundles wants it: ASCII, and a function of its own for import(), which scripts may not use. */
const loadable = (code) =>
  code
    .replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\bimport\(/g, 'importModule(');

if (Bundle.find(daemon) === undefined) {
  rmSync(place, { recursive: true, force: true });
  const bundle = await rolldown({
    input: {
      main: join(daemon, 'dist/main.js'),
      ...Object.fromEntries(drivers.map(({ name, entry }) => [name, entry])),
    },
    // What is optional stays outside: it is looked for when it is asked for.
    external: [/^node:/, /^libxml2-wasm/],
    platform: 'node',
    // What modules do when they are imported must happen in a bundle as well.
    treeshake: false,
    plugins: [
      {
        name: 'own-place',
        // Modules find their own files by where they are; in the bundle that is said relative to it.
        transform: (code, id) =>
          code.includes('import.meta.url')
            ? code.replaceAll(
                'import.meta.url',
                `new URL(${JSON.stringify(relative(place, id))}, import.meta.url).href`,
              )
            : null,
        renderChunk: (code) => loadable(code),
      },
    ],
  });
  await bundle.write({
    dir: place,
    format: 'cjs',
    exports: 'named',
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  const manifest = {
    inputs: inputs.map((file) => {
      const { size, mtimeMs } = statSync(file);
      return [relative(daemon, file), size, mtimeMs];
    }),
    drivers: Object.fromEntries(drivers.map(({ name, folder }) => [relative(daemon, folder), `${name}.js`])),
  };
  // The folder is a package's of ES modules.
  writeFileSync(join(place, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(place, 'bundle.json'), JSON.stringify(manifest));
  execFileSync(process.execPath, [join(packages, '../scripts/save-daemon-code.mjs'), daemon], { stdio: 'inherit' });
}
