export { expectError } from './expect-error.js';
export { hypervisorSuite, type HypervisorContext, type HypervisorSuiteOptions } from './hypervisor-suite.js';
export { type Case, defineSuite, type Place, type SuiteOptions } from './suite.js';
export { waitUntil } from './wait.js';
