export * from './capabilities/index.js';
export * from './cpu/index.js';
export * from './domain-capabilities/index.js';
export * from './documents/index.js';
export * from './domain/index.js';
export * from './objects.js';
export * from './plan/index.js';
export * from './xml/index.js';
