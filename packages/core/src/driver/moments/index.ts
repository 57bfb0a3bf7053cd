export * from './checkpoint-rules.js';
export * from './moment-list.js';
export * from './moment-rules.js';
export * from './snapshot-rules.js';
