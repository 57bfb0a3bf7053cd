import { hypervisor } from './support/suites.js';

hypervisor();
