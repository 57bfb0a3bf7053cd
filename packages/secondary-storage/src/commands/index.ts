export * from './qemu-img.js';
export * from './start-pool.js';
