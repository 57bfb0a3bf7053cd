export { Cgroup } from './cgroup.js';
export * from './device-numbers.js';
export * from './guest-groups.js';
export * from './limits.js';
export * from './mounts.js';
