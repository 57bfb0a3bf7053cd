export * from './guest-capabilities.js';
export * from './capabilities.js';
export * from './host-capabilities.js';
