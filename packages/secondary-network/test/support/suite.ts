import { join } from 'node:path';
import { networkSuite, openEmbedded, RecordingRunner, type WrapSetup } from '@virtkit/testkit';
import driver from '../../src/index.js';

const direct: WrapSetup = (setup) => setup;
const directory = join(import.meta.dirname, '../..');

/** What this driver promises. */
export function suite(wrap = direct, how = ''): void {
  networkSuite({
    name: `secondary-network${how}`,
    // The host does all that it is told to, and changes nothing.
    setup: wrap(() => openEmbedded(driver, directory, { commandRunner: new RecordingRunner(), hostFiles: true })),
    networkXml: (name, uuid) =>
      `<network><name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}` +
      `<bridge name='${name}-br'/></network>`,
  });
}
