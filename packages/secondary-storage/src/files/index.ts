export type { Entry, Files, FilesAt, OpenFile } from './files.js';
export { COLD, ELSEWHERE } from './patient-files.js';
export { poolFiles } from './pool-files.js';
