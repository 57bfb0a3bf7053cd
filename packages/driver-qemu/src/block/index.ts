export { backingString } from './backing-string.js';
export type * from './block-image.js';
export * from './blockdev.js';
export * from './create-props.js';
export {
  blockdevFormat,
  blockdevSlice,
  detectZeroes,
  isQemuEncrypted,
  isRawLuks,
  needsSliceNode,
} from './format-props.js';
export * from './disk-images.js';
export * from './image-chain.js';
export * from './image-names.js';
export type { JsonObject, JsonValue } from './json.js';
export { blockdevStorage, type StorageNodeOptions } from './storage-props.js';
