export * from './filter-commands.js';
export * from './firewall-command.js';
export * from './rule-instances.js';
export type { Variables } from './variables.js';
export { PortFirewall } from './port-firewall.js';
