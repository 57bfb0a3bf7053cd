import { join } from 'node:path';
import { openEmbedded, secretSuite } from '@virtkit/testkit';
import driver from '../src/index.js';

secretSuite({ name: 'secondary-secret', setup: () => openEmbedded(driver, join(import.meta.dirname, '..')) });
