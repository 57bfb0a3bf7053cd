export * from './util/index.js';
export * from './api/index.js';
export * from './loader/index.js';
// What those who run a host, or answer calls by reference, must be able to name.
export type {
  AccessManager,
  AccessSubject,
  Awaitable,
  ConnectionUri,
  FunctionName,
  Identity,
  Log,
  LogLevel,
  StreamDriver,
  StreamHole,
} from './driver/index.js';
