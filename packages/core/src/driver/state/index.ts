export * from './definition-store.js';
export * from './event-ops.js';
export * from './registrations.js';
export * from './scope.js';
export * from './scoped-driver.js';
export * from './scoped-states.js';
