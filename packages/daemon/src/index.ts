export { type ConnectionOptions, Daemon, type DaemonOptions } from './daemon.js';
export { main } from './main.js';
export { AccessPolicy, parsePolicy, type PolicyFile, type PolicyRule } from './access/policy.js';
export { type DaemonConfig, readConfig } from './config/daemon-config.js';
export { SETTINGS, type SettingSpec } from './config/settings.js';
