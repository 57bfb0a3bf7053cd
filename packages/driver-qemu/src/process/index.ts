export { type StartIntent, recordIntent, sweepIntents } from './intents.js';
export { type LaunchOptions, type Launched, MONITOR_FD, launch } from './launch.js';
export { listenForChild, withSocketPath } from './listening-socket.js';
export { DomainLog, type StartEntry } from './log-file.js';
export { type ProcessEnd, QemuProcess } from './qemu-process.js';
