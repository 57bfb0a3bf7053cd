export { assignAliases, diskIndex } from './aliases.js';
export { type CommandLine, buildCommandLine } from './command-line.js';
export type * from './context.js';
