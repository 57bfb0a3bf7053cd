export * from './align-disks.js';
export * from './snapshot-def.js';
export * from './snapshot-xml.js';
