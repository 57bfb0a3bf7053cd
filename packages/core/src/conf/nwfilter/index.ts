export * from './binding-def.js';
export * from './filter-ref.js';
export * from './nwfilter-def.js';
export * from './protocols.js';
export { ruleVariable } from './values.js';
