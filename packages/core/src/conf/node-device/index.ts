export * from './capabilities.js';
export * from './capability-types.js';
export * from './mdevctl.js';
export * from './node-device-def.js';
export * from './pci.js';
