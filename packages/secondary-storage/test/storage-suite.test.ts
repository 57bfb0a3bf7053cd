import { join } from 'node:path';
import { openEmbedded, storageSuite } from '@virtkit/testkit';
import driver from '../src/index.js';

let root = '';

storageSuite({
  name: 'secondary-storage with folders',
  async setup() {
    const place = await openEmbedded(driver, join(import.meta.dirname, '..'));
    ({ root } = place);
    return place;
  },
  poolXml: (name, uuid) => `<pool type='dir'>
  <name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  <target><path>${join(root, 'pools', name)}</path></target>
</pool>`,
});
