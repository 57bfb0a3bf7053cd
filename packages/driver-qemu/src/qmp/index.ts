export { type ExecuteOptions, QmpConnection } from './connection.js';
export { QmpCommandError } from './errors.js';
export type { QmpEvent, QmpEventOf, QmpEvents, QmpVersion, ShutdownCause } from './types.js';
