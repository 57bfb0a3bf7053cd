export { after, attempt } from './awaitable.js';
export { type Entry, type Files, type FilesAt, Grain, type Inspection, type OpenFile } from './files.js';
export { COLD, ELSEWHERE } from './patient-files.js';
export { poolFiles } from './pool-files.js';
