export type { DriverChoice, HostConfig } from './host-config.js';
export { Host } from './host.js';
export type { DriverReport, GivenDriver, HostOptions, OpenOptions } from './host-options.js';
export type { DriverEntry, DriverManifest } from './manifest.js';
export { parseUri } from './parse-uri.js';
export { systemClock } from './services/clock.js';
export { ProcessCommandRunner } from './services/command-runner.js';
export { LevelLog, type LogSink, stderrLog } from './services/log.js';
export { stateDirs } from './services/state-dirs.js';
