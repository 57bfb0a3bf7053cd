export * from './util/index.js';
export * from './api/index.js';
export * from './loader/index.js';
