export * from './enums/index.js';
export { LibvirtError, type LibvirtErrorFields } from './errors.js';
export * from './rpc/index.js';
export * from './typed-params.js';
export * from './uuid.js';
