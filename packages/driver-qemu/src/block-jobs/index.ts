export * from './block-job.js';
export * from './chain.js';
export * from './conclude.js';
export * from './commit.js';
export * from './copy.js';
export * from './copy-target.js';
export * from './end-job.js';
export * from './pull.js';
