// virtkitd beside libvirtd in one run: the load client of the shared folder (VIRTKIT_SHARED, by default ../shared beside the
// clone) drives both in turn and prints a table of ratios. Arguments go to it: --quick, --only=GROUPS, --reps=N, --out=FILE.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = resolve(process.env.VIRTKIT_SHARED ?? join(root, '../shared'));
const client = join(shared, 'perf');

if (!existsSync(join(client, 'run.mjs')))
  refuse(`there is no load client in ${client}`, 'set VIRTKIT_SHARED to the folder that has perf/run.mjs in it');
if (process.getuid?.() !== 0)
  refuse('both daemons get namespaces of their own, which takes root', 'run it with sudo, or as root in a container');

// Its programs are built beside it, and its folder need not be writable.
const place = mkdtempSync(join(tmpdir(), 'virtkit-bench-'));
process.exitCode = 1;
try {
  const copy = join(place, 'perf');
  cpSync(client, copy, { recursive: true });
  for (const folder of ['.', 'src', 'xml', 'peers', 'floors']) chmodSync(join(copy, folder), 0o755);
  for (const file of ['build.sh', ...readdirSync(join(copy, 'peers')).map((name) => `peers/${name}`)])
    chmodSync(join(copy, file), 0o755);
  const side = join(place, 'virtkitd.sh');
  const daemon = [process.execPath, join(root, 'packages/daemon/bin/virtkitd.js')].map(quoted).join(' ');
  writeFileSync(side, `#!/bin/bash\nexec ${quoted(join(copy, 'peers/isolate.sh'))} "$1" ${daemon} --root "$1"\n`, {
    mode: 0o755,
  });
  // Certificates that nobody asks for here cost every process 50 ms.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const args = [`--b=${side}`, '--label-b=virtkitd', ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [join(copy, 'run.mjs'), ...args], { stdio: 'inherit', env });
  process.exitCode = status ?? 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** For a shell: folders may have spaces. */
function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function refuse(what, remedy) {
  console.error(`bench --peer: ${what}: ${remedy}.`);
  process.exit(1);
}
