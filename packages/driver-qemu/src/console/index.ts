export type { ChannelSource } from './byte-channel.js';
export { ChannelRegistry } from './channel-registry.js';
export { ChannelStream } from './channel-stream.js';
