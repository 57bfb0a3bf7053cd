export * from './document-json.js';
export { DOCUMENTS, type DocumentKind, type DocumentName } from './documents.js';
