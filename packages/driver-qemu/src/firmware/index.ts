export * from './descriptor.js';
export * from './load-descriptors.js';
export * from './select-firmware.js';
export * from './supported-firmware.js';
export * from './variables.js';
