// How long a QEMU guest takes to start and to be destroyed, beside the floor: the same command line run raw.
//   start    floor: exec to the greeting, qmp_capabilities, cont, its answer    ours: the call of create() to its return
//   destroy  floor: SIGKILL to reaped                                           ours: the call of destroy() to its return
// Both are taken in turn in one run; medians. Prints one line per subject: name, ours, floor, ratio, goal.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { createServer, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from '../packages/core/dist/index.js';
import driver from '../packages/driver-qemu/dist/index.js';
import { writeBootImage } from '../packages/guest/dist/index.js';
import { compare, median } from './lib/report.mjs';

const EMULATOR = '/usr/bin/qemu-system-x86_64';
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);
const GUESTS = 8;

const now = () => performance.now();

/** The key of the run goes with it: a command line that is to be run again gets one that stays. */
async function withOwnKey(argv, root) {
  const key = join(root, 'master-key.aes');
  await writeFile(key, randomBytes(32));
  return argv.map((word) => word.replace(/"file":"[^"]*\/master-key\.aes"/, `"file":"${key}"`));
}

/** The command line of a running guest, its inherited monitor as descriptor 3. */
async function commandLine(uuid, root) {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1);
    if (argv[0] === EMULATOR && argv.includes(uuid)) return withOwnKey(argv, root);
  }
  throw new Error(`no process for ${uuid}`);
}

/** Runs a command line as its author would by hand: no files, no log, nothing remembered. */
async function raw(argv, socket) {
  const begun = now();
  const server = createServer();
  server.listen(`${socket}.new`);
  await once(server, 'listening');
  await rename(`${socket}.new`, socket);
  const child = spawn(argv[0], argv.slice(1), {
    stdio: ['ignore', 'ignore', 'ignore', server._handle.fd],
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  });
  server.close();
  const monitor = dial(socket);
  monitor.on('error', () => undefined);
  let seen = '';
  let wake = () => undefined;
  monitor.on('data', (data) => {
    seen += data;
    wake();
  });
  let ended = false;
  child.once('exit', () => {
    ended = true;
    wake();
  });
  const heard = async (text) => {
    while (!seen.includes(text)) {
      if (ended) throw new Error(`QEMU ended before it said ${text}: ${argv.join(' ')}`);
      await new Promise((resolve) => (wake = resolve));
    }
  };
  await heard('"QMP"');
  monitor.write('{"execute":"qmp_capabilities","id":"hello"}');
  await heard('"id": "hello"');
  monitor.write('{"execute":"cont","id":"cont"}');
  await heard('"id": "cont"');
  const start = now() - begun;
  return {
    start,
    async kill() {
      const at = now();
      child.kill('SIGKILL');
      await once(child, 'exit');
      const took = now() - at;
      monitor.destroy();
      await unlink(socket);
      return took;
    },
  };
}

/** True if all goals are met. */
async function bench() {
  const root = await mkdtemp(join(tmpdir(), 'virtkit-bench-'));
  const { virtkit: manifest } = JSON.parse(
    await readFile(new URL('../packages/driver-qemu/package.json', import.meta.url), 'utf8'),
  );
  const host = await Host.create({ drivers: [{ module: driver, manifest }], config: { drivers: [] } });
  try {
    const connect = await host.open(`qemu:///embed?root=${root}`);
    const domains = [];
    for (let n = 0; n < GUESTS; n++) {
      const image = join(root, `disk${n}.img`);
      await writeBootImage(image);
      domains.push(
        await connect.domainDefineXML(`<domain type='qemu'><name>bench${n}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
          <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
          <devices><emulator>${EMULATOR}</emulator>
            <disk type='file'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='vda' bus='virtio'/></disk>
            <serial type='pty'/></devices></domain>`),
      );
    }
    const lines = [];
    for (const domain of domains) {
      await domain.create();
      lines.push(await commandLine(domain.uuid, root));
      await domain.destroy();
    }

    const results = [];
    for (const [subject, count] of [
      ['alone', 1],
      [`${GUESTS} at once`, GUESTS],
    ]) {
      const all = { start: [], floorStart: [], destroy: [], floorDestroy: [] };
      const rounds = Math.max(5, Math.round(ROUNDS / Math.sqrt(count)));
      for (let round = 0; round < rounds; round++) {
        const ours = async () => {
          const began = now();
          await Promise.all(domains.slice(0, count).map((domain) => domain.create()));
          all.start.push(now() - began);
          const at = now();
          await Promise.all(domains.slice(0, count).map((domain) => domain.destroy()));
          all.destroy.push(now() - at);
        };
        const floor = async () => {
          const began = now();
          const guests = await Promise.all(lines.slice(0, count).map((argv, n) => raw(argv, join(root, `raw${n}`))));
          all.floorStart.push(now() - began);
          const at = now();
          await Promise.all(guests.map((guest) => guest.kill()));
          all.floorDestroy.push(now() - at);
        };
        for (const step of round % 2 ? [ours, floor] : [floor, ours]) await step();
      }
      results.push(compare(`qemu start, ${subject}`, median(all.start), median(all.floorStart), 2));
      results.push(compare(`qemu destroy, ${subject}`, median(all.destroy), median(all.floorDestroy), 3));
    }
    return results.every(Boolean);
  } finally {
    await host.close();
    await rm(root, { recursive: true, force: true });
  }
}

process.exitCode = (await bench()) ? 0 : 1;
