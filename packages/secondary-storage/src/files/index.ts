export { after, attempt } from './awaitable.js';
export type { Entry, Files, FilesAt, Inspection, OpenFile } from './files.js';
export { COLD, ELSEWHERE } from './patient-files.js';
export { poolFiles } from './pool-files.js';
