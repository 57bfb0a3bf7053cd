export * from './domain-capabilities-codec.js';
export * from './domain-capabilities-def.js';
