export * from './cache-xml.js';
export { isQemuFlag, QEMU_FLAGS, type QemuFlag, sortFlags } from './flag-names.js';
export * from './model.js';
export * from './qemu-caps.js';
export { probeCapabilities, type ProbeIdentity, type ProbeSource } from './dialogue/probe-capabilities.js';
export type { ProbeSession, QmpReply } from './dialogue/session.js';
export { replayDialogue } from './dialogue/replay.js';
