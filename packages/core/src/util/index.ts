export * from './enums/index.js';
export { LibvirtError, type LibvirtErrorFields } from './errors.js';
export * from './rpc/index.js';
export { JobQueue, type JobOptions } from './job-queue.js';
export * from './typed-params.js';
export { UndoStack } from './undo-stack.js';
export * from './uuid.js';
