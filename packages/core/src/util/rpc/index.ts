export * as xdr from './xdr.js';
export type { XdrFields, XdrNode, XdrRecord, XdrRecordValue, XdrType, XdrValue } from './xdr.js';
export { xdrCodec, type XdrCodec, type XdrRecordCodec } from './xdr-codec.js';
export { XdrReader } from './xdr-reader.js';
export { XdrWriter } from './xdr-writer.js';
export * from './frame.js';
export { rpcError } from './rpc-error.js';
export { putUuid, uuidText } from './uuid-bytes.js';
