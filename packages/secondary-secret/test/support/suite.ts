import { join } from 'node:path';
import { openEmbedded, secretSuite, type WrapSetup } from '@virtkit/testkit';
import driver from '../../src/index.js';

const direct: WrapSetup = (setup) => setup;

/** What this driver promises. */
export function suite(wrap = direct, how = ''): void {
  secretSuite({
    name: `secondary-secret${how}`,
    setup: wrap(() => openEmbedded(driver, join(import.meta.dirname, '../..'))),
  });
}
