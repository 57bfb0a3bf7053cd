import { join } from 'node:path';
import { networkSuite, openEmbedded, RecordingRunner } from '@virtkit/testkit';
import driver from '../src/index.js';

networkSuite({
  name: 'secondary-network',
  // The host does all that it is told to, and changes nothing.
  setup: () =>
    openEmbedded(driver, join(import.meta.dirname, '..'), { commandRunner: new RecordingRunner(), hostFiles: true }),
  networkXml: (name, uuid) =>
    `<network><name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}` +
    `<bridge name='${name}-br'/></network>`,
});
