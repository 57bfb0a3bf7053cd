export * from './identity.js';
export * from './pci.js';
export * from './scalars.js';
export * from './metadata.js';
