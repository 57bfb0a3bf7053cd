export * from './cache-banks.js';
export * from './cpu-list.js';
export { HostReader, type DeviceRead } from './host-reader.js';
export * from './memory-cells.js';
export * from './processors.js';
