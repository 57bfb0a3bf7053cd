import { secondaries } from './support/suites.js';

secondaries();
