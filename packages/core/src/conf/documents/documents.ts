import type { BandwidthContext } from '../network/bandwidth.js';
import { hostInterface } from '../interface/index.js';
import { domain } from '../domain/domain-codec.js';
import { domainBackup, domainCheckpoint, domainSnapshot } from '../moment/index.js';
import { network, networkPort } from '../network/index.js';
import { nodeDevice } from '../node-device/index.js';
import { nwfilter, nwfilterBinding } from '../nwfilter/index.js';
import { secretElement } from '../secret/index.js';
import { storagePool, storageVol } from '../storage/index.js';
import { type ConfContext, confContext, type ElementCodec } from '../xml/index.js';

/** A document that objects of one kind are described by. */
export interface DocumentKind {
  /** What its object is called, in the middle of a sentence. */
  readonly title: string;
  /** The file name of its schema and of its reference page. */
  readonly file: string;
  readonly codec: ElementCodec<unknown>;
}

const kind = <T>(codec: ElementCodec<T>, title: string): DocumentKind => ({
  title,
  file: title.replaceAll(' ', '-'),
  codec: codec as ElementCodec<unknown>,
});

/** All kinds that users write or read, by what their object is called. */
export const DOCUMENTS = {
  domain: kind(domain, 'domain'),
  network: kind(network, 'network'),
  networkPort: kind(networkPort, 'network port'),
  storagePool: kind(storagePool, 'storage pool'),
  storageVol: kind(storageVol, 'storage volume'),
  secret: kind(secretElement, 'secret'),
  interface: kind(hostInterface, 'interface'),
  nodeDevice: kind(nodeDevice, 'node device'),
  nwfilter: kind(nwfilter, 'nwfilter'),
  nwfilterBinding: kind(nwfilterBinding, 'nwfilter binding'),
  domainSnapshot: kind(domainSnapshot, 'domain snapshot'),
  domainCheckpoint: kind(domainCheckpoint, 'domain checkpoint'),
  domainBackup: kind(domainBackup, 'domain backup'),
} as const satisfies Readonly<Record<string, DocumentKind>>;

/** The name of a kind of document. */
export type DocumentName = keyof typeof DOCUMENTS;

/** Everything a document can say, whoever says it. */
export function verbatimContext(live = true): ConfContext {
  const context: BandwidthContext = {
    ...confContext({ live, secure: true, verbatim: true }),
    bandwidth: { classID: true, floor: true },
  };
  return context;
}
