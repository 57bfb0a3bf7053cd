import { join } from 'node:path';
import { openEmbedded, storageSuite, type WrapSetup } from '@virtkit/testkit';
import driver from '../../src/index.js';

const direct: WrapSetup = (setup) => setup;
let root = '';

/** What this driver promises. */
export function suite(wrap = direct, how = ''): void {
  storageSuite({
    name: `secondary-storage${how} with folders`,
    setup: wrap(async () => {
      const place = await openEmbedded(driver, join(import.meta.dirname, '../..'));
      ({ root } = place);
      return place;
    }),
    poolXml: (name, uuid) => `<pool type='dir'>
  <name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  <target><path>${join(root, 'pools', name)}</path></target>
</pool>`,
  });
}
