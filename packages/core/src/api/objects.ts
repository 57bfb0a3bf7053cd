import type { Connect } from './connect.js';
import { DomainCheckpoint } from './domain-checkpoint.js';
import { DomainSnapshot } from './domain-snapshot.js';
import { Domain } from './domain.js';
import { Interface } from './interface.js';
import { NetworkPort } from './network-port.js';
import { Network } from './network.js';
import { NodeDevice } from './node-device.js';
import { NWFilterBinding } from './nwfilter-binding.js';
import { NWFilter } from './nwfilter.js';
import { Secret } from './secret.js';
import { StoragePool } from './storage-pool.js';
import { StorageVol } from './storage-vol.js';
import { Stream } from './stream.js';
import { STRUCTS } from '../driver/index.js';

type Make = (connect: Connect, raw: never) => unknown;

const CLASSES: Readonly<Record<string, new (connect: Connect, ref: never) => unknown>> = {
  domain: Domain,
  domainSnapshot: DomainSnapshot,
  domainCheckpoint: DomainCheckpoint,
  network: Network,
  networkPort: NetworkPort,
  storagePool: StoragePool,
  storageVol: StorageVol,
  interface: Interface,
  nodeDevice: NodeDevice,
  secret: Secret,
  nwfilter: NWFilter,
  nwfilterBinding: NWFilterBinding,
};

const makers = new Map<string, Make | undefined>();

/** How a value of that kind becomes a public object; undefined where it already is what callers get. */
function makerOf(kind: string): Make | undefined {
  if (!makers.has(kind)) makers.set(kind, createMaker(kind));
  return makers.get(kind);
}

function createMaker(kind: string): Make | undefined {
  if (kind.endsWith('[]')) {
    const of = makerOf(kind.slice(0, -2));
    return of && ((connect, raw: readonly never[]) => raw.map((item) => of(connect, item)));
  }
  if (kind.endsWith('?')) {
    const of = makerOf(kind.slice(0, -1));
    return of && ((connect, raw: never | null) => (raw === null ? null : of(connect, raw)));
  }
  if (kind === 'stream') return (_, raw) => new Stream(raw);
  const Class = CLASSES[kind];
  if (Class !== undefined) return (connect, raw) => new Class(connect, raw);
  const fields = Object.entries(STRUCTS[kind] ?? {}).flatMap(([field, of]) => {
    const make = makerOf(of);
    return make === undefined ? [] : [[field, make] as const];
  });
  if (fields.length === 0) return undefined;
  return (connect, raw: Record<string, never>) => {
    const object: Record<string, unknown> = { ...raw };
    for (const [field, make] of fields) object[field] = make(connect, raw[field] as never);
    return object;
  };
}

/** Turns the references in what a driver returned into public objects. */
export function wrap(connect: Connect, kind: string, raw: unknown): unknown {
  const make = makerOf(kind);
  return make === undefined ? raw : make(connect, raw as never);
}
