export * from './qemu-namespace.js';
export { qemuXmlOption } from './qemu-xml-option.js';
export type { QemuXmlRules } from './rules.js';
export { formatQemuDomain } from './format.js';
