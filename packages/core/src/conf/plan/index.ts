export { completePlanned } from './complete-planned.js';
export { LIVE_CHANGES, type LiveRow } from './live-changes.js';
export * from './plan-domain.js';
