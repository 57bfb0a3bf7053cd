export { type CommandContext, type CommandLine, buildCommandLine } from './command-line.js';
