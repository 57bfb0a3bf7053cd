export * from './secret-def.js';
