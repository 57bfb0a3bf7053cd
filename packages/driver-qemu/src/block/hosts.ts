import type { NET_PROTOCOLS, NetworkSource, StorageHostDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { JsonObject } from './json.js';

export type NetProtocol = (typeof NET_PROTOCOLS)[number];

/** virStorageSourceNetworkDefaultPort */
const DEFAULT_PORTS: Readonly<Record<NetProtocol, number>> = {
  nbd: 10809,
  // the monitors' own configuration says
  rbd: 0,
  sheepdog: 7000,
  gluster: 24007,
  iscsi: 3260,
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  tftp: 69,
  ssh: 22,
  vxhs: 9999,
  nfs: 2049,
};

export function portOf(source: NetworkSource, host: StorageHostDef): number {
  return host.port ?? DEFAULT_PORTS[source.protocol];
}

/** The one host that a protocol knows of. */
export function onlyHost(source: NetworkSource): StorageHostDef {
  const [host, ...more] = source.host;
  if (host === undefined || more.length > 0) {
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.QEMU,
      `protocol '${source.protocol}' accepts only one host, ${source.host.length} are given`,
    );
  }
  return host;
}

/** A SocketAddress of QEMU's. */
export function socketAddress(source: NetworkSource, host: StorageHostDef): JsonObject {
  switch (host.transport) {
    case 'unix':
      return { type: 'unix', path: host.socket };
    case 'rdma':
      throw new LibvirtError(
        ErrorCode.INTERNAL_ERROR,
        ErrorDomain.QEMU,
        `transport protocol 'rdma' is not yet supported for ${source.protocol}: use tcp or unix`,
      );
    default:
      return { type: 'inet', ...inetAddress(source, host) };
  }
}

/** An InetSocketAddressBase of QEMU's. */
export function inetAddress(source: NetworkSource, host: StorageHostDef): JsonObject {
  return { host: host.name ?? '', port: String(portOf(source, host)) };
}

/** A host as it stands in a URI. */
export function hostPart(host: StorageHostDef): string {
  const name = host.name ?? '';
  return name.includes(':') ? `[${name}]` : name;
}

/** `volume/path` in its two parts. */
export function splitName(source: NetworkSource): { volume: string; path: string } {
  const name = source.name ?? '';
  const slash = name.indexOf('/');
  return slash < 0 ? { volume: name, path: '' } : { volume: name.slice(0, slash), path: name.slice(slash + 1) };
}

/** qemuBlockStorageSourceGetURI */
export function sourceUri(source: NetworkSource): string {
  const host = onlyHost(source);
  const path = source.name === undefined ? '' : source.name.startsWith('/') ? source.name : `/${source.name}`;
  const query = source.query === undefined ? '' : `?${source.query}`;
  return `${source.protocol}://${hostPart(host)}:${portOf(source, host)}${encodePath(path)}${query}`;
}

/** What a URI's path may not hold as it is. */
function encodePath(path: string): string {
  return path.replace(/[^\w\-.~!$&'()*+,;=@/]/gu, (letter) => encodeURIComponent(letter));
}
