import { hypervisor } from './support/hypervisor-suite.js';

hypervisor();
