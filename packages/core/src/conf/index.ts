export * from './xml/index.js';
export * from './cpu/index.js';
