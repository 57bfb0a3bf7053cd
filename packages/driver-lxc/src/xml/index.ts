export * from './lxc-namespace.js';
export * from './lxc-xml-option.js';
