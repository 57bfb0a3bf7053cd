export * from './document-json.js';
export { DOCUMENTS, type DocumentKind, type DocumentName } from './documents.js';
export * from './document-reference.js';
export * from './document-schema.js';
