export * from './feature-words.js';
export * from './vcpu-info.js';
