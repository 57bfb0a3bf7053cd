export * from './pci-address-set.js';
export * from './pci-connect.js';
