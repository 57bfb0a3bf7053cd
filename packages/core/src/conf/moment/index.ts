export * from './align-disks.js';
export * from './backup-def.js';
export * from './checkpoint-def.js';
export { imagePath, type MomentImage } from './image.js';
export type { MomentContext, MomentDef } from './moment-fields.js';
export * from './snapshot-def.js';
