import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { overTheWire } from '@virtkit/daemon/loopback';

// As over-the-wire.test.ts, with guests.
const path = join(import.meta.dirname, '../../driver-qemu/test/support/hypervisor-suite.ts');
const { hypervisor } = (await import(pathToFileURL(path).href)) as {
  hypervisor: (wrap: typeof overTheWire, how: string) => void;
};
hypervisor(overTheWire, ' over the wire');
