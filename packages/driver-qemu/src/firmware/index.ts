export * from './descriptor.js';
export * from './load-descriptors.js';
export * from './supported-firmware.js';
