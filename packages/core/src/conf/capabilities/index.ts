export * from './guest-capabilities.js';
