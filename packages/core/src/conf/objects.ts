// Every kind of object but domains.
export * from './common/index.js';
export * from './network/index.js';
export * from './storage/index.js';
export * from './interface/index.js';
export * from './node-device/index.js';
export * from './secret/index.js';
export * from './nwfilter/index.js';
export * from './moment/index.js';
