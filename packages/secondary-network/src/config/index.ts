export * from './dnsmasq-config.js';
export * from './firewall-rules.js';
export * from './traffic-control.js';
