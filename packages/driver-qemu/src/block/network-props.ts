import type { NetworkSource } from '@virtkit/core/conf';
import { internalError } from '../errors.js';
import type { BlockImage } from './block-image.js';
import {
  hostPart,
  inetAddress,
  type NetProtocol,
  onlyHost,
  portOf,
  socketAddress,
  sourceUri,
  splitName,
} from './hosts.js';
import { type JsonObject, nonZero } from './json.js';

/** What QEMU is told of an image that the network has, without what all images have */
type Props = (source: NetworkSource, image: BlockImage) => JsonObject;

/** curl's protocols */
const curl: Props = (source, image) => ({
  driver: source.protocol,
  url: sourceUri(source),
  username: source.auth?.username,
  'password-secret': source.auth && image.secrets.auth,
  sslverify: source.ssl?.verify,
  'cookie-secret': source.cookies && image.secrets.cookies,
  timeout: nonZero(source.timeout?.seconds),
  readahead: nonZero(source.readahead?.size),
});

const gluster: Props = (source, image) => {
  const { volume, path } = splitName(source);
  return {
    driver: 'gluster',
    volume,
    path,
    server: source.host.map((host) => socketAddress(source, host)),
    debug: nonZero(image.glusterDebug),
  };
};

function unitOf(lun: string, target: string): number {
  if (/^\d*$/.test(lun)) return Number(lun);
  throw internalError(`cannot parse target for lunStr '${target}': unit '${lun}' is not a number`);
}

const iscsi: Props = (source, image) => {
  const host = onlyHost(source);
  const { volume: target, path: lun } = splitName(source);
  return {
    driver: 'iscsi',
    portal: `${hostPart(host)}:${portOf(source, host)}`,
    target,
    lun: unitOf(lun, target),
    transport: 'tcp',
    user: source.auth?.username,
    'password-secret': source.auth && image.secrets.auth,
    'initiator-name': source.initiator?.iqn.name,
  };
};

const nbd: Props = (source, image) => ({
  driver: 'nbd',
  server: socketAddress(source, onlyHost(source)),
  export: source.name,
  'tls-creds': image.secrets.tls,
  'tls-hostname': source.tlsHostname,
});

const nfs: Props = (source, image) => ({
  driver: 'nfs',
  server: { host: onlyHost(source).name ?? '', type: 'inet' },
  path: source.name,
  user: image.nfsOwner?.user,
  group: image.nfsOwner?.group,
});

const rbd: Props = (source, image) => {
  const { volume, path } = splitName(source);
  const { encryption, secrets } = image;
  const users = source.auth && { user: source.auth.username, 'auth-client-required': ['cephx', 'none'] };
  return {
    driver: 'rbd',
    pool: volume,
    image: path,
    snapshot: source.snapshot?.name,
    conf: source.config?.file,
    server: source.host.length > 0 ? source.host.map((host) => inetAddress(source, host)) : undefined,
    encrypt:
      encryption?.engine === 'librbd' ? { format: encryption.format, 'key-secret': secrets.encryption } : undefined,
    ...users,
    'key-secret': users && secrets.auth,
  };
};

const sheepdog: Props = (source) => ({
  driver: 'sheepdog',
  server: socketAddress(source, onlyHost(source)),
  vdi: source.name,
});

const ssh: Props = (source) => ({
  driver: 'ssh',
  path: source.name,
  server: inetAddress(source, onlyHost(source)),
  user: source.auth?.username,
});

const vxhs: Props = (source, image) => ({
  driver: 'vxhs',
  'tls-creds': image.secrets.tls,
  'vdisk-id': source.name,
  server: inetAddress(source, onlyHost(source)),
});

const BY_PROTOCOL: Readonly<Record<NetProtocol, Props>> = {
  nbd,
  rbd,
  sheepdog,
  gluster,
  iscsi,
  http: curl,
  https: curl,
  ftp: curl,
  ftps: curl,
  tftp: curl,
  ssh,
  vxhs,
  nfs,
};

/** The driver of a network image and its own members. */
export function networkProps(source: NetworkSource, image: BlockImage): JsonObject {
  return BY_PROTOCOL[source.protocol](source, image);
}
