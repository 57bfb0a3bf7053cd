export { hostReader, NODE_OPERATION_FLAGS, nodeOperations } from './node-operations.js';
export { type HostCapsOptions, readHostCapabilities } from './read-host-capabilities.js';
export { readHostCpu } from './lazy-host-cpu.js';
export { readHostUuid } from './host-uuid.js';
