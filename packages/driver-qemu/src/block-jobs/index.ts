export * from './block-job.js';
export * from './chain.js';
export * from './conclude.js';
