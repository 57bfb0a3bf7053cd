import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { overTheWire } from '@virtkit/daemon/loopback';

// What drivers promise their callers in this process, the same tests ask of them through a daemon and a client.
type Suite = (wrap: typeof overTheWire, how: string) => void;

for (const [file, names] of [
  ['driver-test/test/support/suites.ts', ['hypervisor', 'secondaries']],
  ['secondary-network/test/support/suite.ts', ['suite']],
  ['secondary-storage/test/support/suite.ts', ['suite']],
  ['secondary-secret/test/support/suite.ts', ['suite']],
] as const) {
  const path = join(import.meta.dirname, '../..', file);
  const suites = (await import(pathToFileURL(path).href)) as Record<string, Suite>;
  for (const name of names) suites[name]!(overTheWire, ' over the wire');
}
