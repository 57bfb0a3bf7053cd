export * from './interface-def.js';
