// What the API costs per call with no hypervisor behind it: define, dumpxml and list on the test driver, with 10 to 10,000
// domains. Medians over several rounds; the last lines say how the cost per domain grows from 100 to 10,000.
import process from 'node:process';
import { Host } from '../packages/core/dist/index.js';
import { median, report } from './lib/report.mjs';

const SIZES = [10, 100, 1000, 10_000];
const ROUNDS = 5;

const xml = (n) => `<domain type='test'>
  <name>bench-${n}</name>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <os><type>hvm</type><boot dev='hd'/></os>
  <devices>
    <disk type='file' device='disk'><source file='/images/${n}.img'/><target dev='vda' bus='virtio'/></disk>
    <interface type='network'><source network='default'/></interface>
    <console type='pty'/>
  </devices>
</domain>`;

async function measure(count) {
  const { default: module } = await import('../packages/driver-test/dist/index.js');
  const { readFile } = await import('node:fs/promises');
  const { virtkit: manifest } = JSON.parse(
    await readFile(new URL('../packages/driver-test/package.json', import.meta.url), 'utf8'),
  );
  const host = await Host.create({ drivers: [{ module, manifest }], config: { drivers: [] } });
  try {
    const connect = await host.open('test:///default');
    const timed = async (work) => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    };
    const documents = Array.from({ length: count }, (_, n) => xml(n));
    const domains = [];
    const define = await timed(async () => {
      for (const document of documents) domains.push(await connect.domainDefineXML(document));
    });
    const dump = await timed(async () => {
      for (const domain of domains) await domain.getXMLDesc();
    });
    const lists = [];
    for (let i = 0; i < ROUNDS; i++) lists.push(await timed(() => connect.listAllDomains()));
    return { define: define / count, dump: dump / count, list: median(lists) };
  } finally {
    await host.close();
  }
}

await measure(500); // compiled code is what is measured
const figures = new Map();
for (const count of SIZES) {
  const rounds = [];
  for (let i = 0; i < (count > 1000 ? 3 : ROUNDS); i++) rounds.push(await measure(count));
  figures.set(count, {
    define: median(rounds.map(({ define }) => define)),
    dump: median(rounds.map(({ dump }) => dump)),
    list: median(rounds.map(({ list }) => list)),
  });
}
const results = [];
for (const [count, { define, dump, list }] of figures) {
  console.log(
    `${String(count).padStart(6)} domains  define ${(define * 1000).toFixed(0).padStart(5)} µs` +
      `  dumpxml ${(dump * 1000).toFixed(1).padStart(6)} µs  list ${list.toFixed(2).padStart(6)} ms`,
  );
}
const most = figures.get(10_000);
const few = figures.get(100);
results.push(report('define, per second', { value: 1000 / most.define, atLeast: 3000 }));
results.push(report('dumpxml, per second', { value: 1000 / most.dump, atLeast: 20_000 }));
results.push(report('list of 10,000 domains, ms', { value: most.list, atMost: 20 }));
results.push(report('define: cost at 10,000 over 100', { value: most.define / few.define, atMost: 1.5 }));
results.push(report('dumpxml: cost at 10,000 over 100', { value: most.dump / few.dump, atMost: 1.5 }));
process.exitCode = results.every(Boolean) ? 0 : 1;
