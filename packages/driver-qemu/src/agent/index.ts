export * from './agent-connection.js';
export * from './channel-events.js';
export * from './errors.js';
export * from './guest-agent.js';
