import type { CommandSpec } from '../command.js';
import { CONSOLE } from './console.js';
import { DOCTOR } from './doctor.js';
import { DOMAIN_INFO } from './domain-info.js';
import { DOMAIN_LIFE } from './domain-life.js';
import { DOMAIN_LIST } from './domain-list.js';
import { DRIVERS } from './drivers.js';
import { QUICKSTART } from './quickstart.js';

/** All commands, in the order in which help shows them. */
export const COMMANDS: readonly CommandSpec[] = [
  ...QUICKSTART,
  ...DRIVERS,
  ...DOCTOR,
  ...DOMAIN_LIST,
  ...DOMAIN_LIFE,
  ...DOMAIN_INFO,
  ...CONSOLE,
];
