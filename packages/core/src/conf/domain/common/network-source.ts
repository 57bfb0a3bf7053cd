import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Field,
  list,
  oneOf,
  part,
  req,
  type Scalar,
  str,
  text,
  uint,
  uintWith,
  ulong,
  yesNo,
} from '../../xml/index.js';
import { refusedAs, unsupported, wrong } from './problems.js';
import { omit } from './omit.js';
import { sourceBase, type SourceBase, sourceExtras, type SourceExtras } from './source-extras.js';

export const NET_PROTOCOLS = [
  'nbd',
  'rbd',
  'sheepdog',
  'gluster',
  'iscsi',
  'http',
  'https',
  'ftp',
  'ftps',
  'tftp',
  'ssh',
  'vxhs',
  'nfs',
] as const;

/** virStorageNetHostDef */
export interface StorageHostDef {
  name?: string;
  port?: number;
  transport?: 'tcp' | 'unix' | 'rdma';
  socket?: string;
}

export interface NetworkSource extends SourceBase, SourceExtras {
  protocol: (typeof NET_PROTOCOLS)[number];
  name?: string;
  query?: string;
  tls?: boolean;
  tlsHostname?: string;
  host: StorageHostDef[];
  snapshot?: { name: string };
  config?: { file: string };
  initiator?: { iqn: { name: string } };
  ssl?: { verify: boolean };
  cookies?: { cookie: { name: string; value: string }[] };
  readahead?: { size: number };
  timeout?: { seconds: number };
  identity?: { user?: string; group?: string };
}

const badPort = {
  invalid: (value: string) =>
    new LibvirtError(
      ErrorCode.INVALID_ARG,
      ErrorDomain.NONE,
      uint.parse(value) === undefined ? `failed to parse port number '${value}'` : `port '${value}' out of range`,
    ),
};

export const networkHost: ElementCodec<StorageHostDef> = elementOf<StorageHostDef>(
  'host',
  {
    name: attr(str),
    port: attr(uintWith({ max: 65535 }), badPort),
    transport: attr(oneOf('tcp', 'unix', 'rdma'), refusedAs('unknown protocol transport type')),
    socket: attr(str),
  },
  {
    before: (model) => {
      if (model.transport !== 'tcp') return model;
      const { transport: _tcp, ...rest } = model;
      return rest;
    },
    after(model) {
      if (model.transport === 'unix') {
        if (model.socket === undefined) throw wrong('missing socket for unix transport');
        delete model.name;
        delete model.port;
      } else if (model.socket !== undefined)
        throw wrong(`transport '${model.transport ?? 'tcp'}' does not support socket attribute`);
      else if (model.name === undefined) throw wrong('missing name for host');
    },
  },
);

const SAYS_NOTHING = { emptyIsAbsent: true } as const;

/** An element of which one attribute says everything: without it nothing is said. */
const named = <K extends string>(name: string, key: K): Field<Record<K, string>, true> =>
  child(part(name, { [key]: attr(str) }) as unknown as ElementCodec<Record<K, string>>, SAYS_NOTHING);

/** The same for a number, of which none is said by 0 too. */
const count = <K extends string>(name: string, key: K, scalar: Scalar<number>): Field<Record<K, number>, true> =>
  child(part(name, { [key]: attr(scalar, { unset: 0 }) }) as unknown as ElementCodec<Record<K, number>>, SAYS_NOTHING);

const badCookie = (detail: string) => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, detail);

const cookie = part(
  'cookie',
  { name: req(str, { missing: () => wrong('missing cookie name') }), value: text(str) },
  {
    after({ name, value }) {
      if (!/^[\w.!#$%&'*+^`|~-]+$/.test(name)) throw badCookie(`cookie name '${name}' contains invalid characters`);
      if (!/^(?:"[!#-+\x2d-:<-[\]-~]*"|[!#-+\x2d-:<-[\]-~]*)$/.test(value))
        throw badCookie(`value of cookie '${name}' contains invalid characters`);
    },
  },
);

/** What is about one protocol only is passed over elsewhere. */
function dropForeign(source: NetworkSource): void {
  const { protocol, name } = source;
  if (name === undefined && protocol !== 'nbd') throw wrong('missing name for disk source');
  if ((protocol === 'rbd' || protocol === 'gluster') && name !== undefined && name.indexOf('/') < 1)
    throw wrong(`can't split path '${name}' into pool name and image name`);
  if (source.tlsHostname !== undefined && protocol !== 'nbd')
    throw unsupported("'tlsHostname' field is supported only with NBD disks");
  const http = protocol === 'http' || protocol === 'https';
  const ftp = protocol === 'ftp' || protocol === 'ftps';
  if (!http) {
    delete source.query;
    delete source.cookies;
  }
  if (protocol !== 'https' && protocol !== 'ftps') delete source.ssl;
  if (!http && !ftp) {
    delete source.readahead;
    delete source.timeout;
  }
  if (protocol !== 'nfs') delete source.identity;
  // There is no file to label.
  delete source.seclabel;
}

/** `<source>` of an image that is somewhere on a network. */
export const networkSource = elementOf<NetworkSource>(
  'source',
  {
    protocol: req(oneOf(...NET_PROTOCOLS)),
    name: attr(str, { unset: '' }),
    query: attr(str),
    tls: attr(yesNo),
    tlsHostname: attr(str),
    ...sourceBase,
    host: list(networkHost),
    snapshot: named('snapshot', 'name'),
    config: named('config', 'file'),
    initiator: child(
      part('initiator', { iqn: named<'name'>('iqn', 'name') }) as ElementCodec<{ iqn: { name: string } }>,
      SAYS_NOTHING,
    ),
    ssl: child(
      part('ssl', { verify: attr(yesNo, { lenient: true }) }) as ElementCodec<{ verify: boolean }>,
      SAYS_NOTHING,
    ),
    cookies: child(part('cookies', { cookie: list(cookie) }, omit)).when('secure'),
    readahead: count('readahead', 'size', ulong),
    timeout: count('timeout', 'seconds', ulong),
    identity: child(part('identity', { user: attr(str), group: attr(str) }), SAYS_NOTHING),
    ...sourceExtras,
  },
  { after: dropForeign },
);
