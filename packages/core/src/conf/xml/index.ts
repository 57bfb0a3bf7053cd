export * from './codec.js';
export {
  type ConfContext,
  type ConfContextOptions,
  confContext,
  isLive,
  isStatus,
  isShown,
  isUnmigratable,
  PLAIN,
  type Visibility,
  type Withheld,
  visibilityBits,
} from './context.js';
export * from './explain.js';
export type { Bound, Covers, Field, FieldDoc, Fields } from './field.js';
export * from './fields.js';
export * from './json.js';
export * from './node.js';
export * from './problems.js';
export { readXml } from './reader.js';
export { RngSchemas } from './rng-schemas.js';
export * from './scalars.js';
export * from './scaled.js';
export { validateDocument } from './validate-document.js';
export * from './writer.js';
