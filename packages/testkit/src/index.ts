export { type Embedded, type EmbeddedOptions, openEmbedded } from './embedded.js';
export { expectError } from './expect-error.js';
export { hypervisorSuite, type HypervisorContext, type HypervisorSuiteOptions } from './hypervisor-suite.js';
export { networkSuite, type NetworkSuiteOptions } from './network-suite.js';
export { RecordingRunner } from './recording-runner.js';
export { secretSuite, type SecretSuiteOptions } from './secret-suite.js';
export { storageSuite, type StorageSuiteOptions } from './storage-suite.js';
export { type Case, defineSuite, type Place, type SuiteOptions, type WrapSetup } from './suite.js';
export { waitUntil } from './wait.js';
