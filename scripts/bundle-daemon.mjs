// Bundles virtkitd and the drivers of this workspace into packages/daemon/dist/bundle: a cold start then reads a few files
// in place of hundreds. virtkitd looks at the list of inputs and leaves a bundle aside that is older than one of them.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { freshBundle } from '../packages/daemon/dist/fresh-bundle.js';

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages');
const daemon = join(packages, 'daemon');
const place = join(daemon, 'dist/bundle');

/** Entries of the driver packages that are built. */
const drivers = readdirSync(packages)
  .map((name) => ({ name, folder: join(packages, name), entry: join(packages, name, 'dist/index.js') }))
  .filter(({ folder, entry }) => {
    const manifest = join(folder, 'package.json');
    return (
      existsSync(manifest) && existsSync(entry) && JSON.parse(readFileSync(manifest, 'utf8')).virtkit !== undefined
    );
  });

if (freshBundle(daemon) === undefined) {
  rmSync(place, { recursive: true, force: true });
  const bundle = await rolldown({
    input: {
      main: join(daemon, 'dist/main.js'),
      ...Object.fromEntries(drivers.map(({ name, entry }) => [name, entry])),
    },
    external: [/^node:/],
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
      },
    ],
  });
  await bundle.write({ dir: place, format: 'esm', chunkFileNames: '[name]-[hash].js' });
  const inputs = (await bundle.watchFiles)
    // Installed packages do not change under a bundle that was made of them.
    .filter((file) => existsSync(file) && !file.includes('/node_modules/'))
    .map((file) => {
      const { size, mtimeMs } = statSync(file);
      return [relative(daemon, file), size, mtimeMs];
    });
  await bundle.close();
  const table = Object.fromEntries(drivers.map(({ name, folder }) => [relative(daemon, folder), `${name}.js`]));
  writeFileSync(join(place, 'bundle.json'), JSON.stringify({ inputs, drivers: table }));
}
