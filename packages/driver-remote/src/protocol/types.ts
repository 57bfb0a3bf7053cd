/** The types that several subjects of the protocol share. */
import { xdr } from '@virtkit/core/util';

export const { int, uint, hyper, uhyper, double, char, uchar, short, ushort, uuid } = xdr;
export const { opaque, optional, list, vector, record } = xdr;

/** Text of at most 4 MiB. */
export const string = xdr.stringOf(4194304);

// Objects travel by value: what identifies them, and what a client shows of them. Look-up is by UUID or name.
export const domain = record({ name: string, uuid: uuid, id: int }, 'domain');
export const network = record({ name: string, uuid: uuid }, 'network');
export const networkPort = record({ net: network, uuid: uuid }, 'networkPort');
export const nwfilter = record({ name: string, uuid: uuid }, 'nwfilter');
export const nwfilterBinding = record({ portdev: string, filtername: string }, 'nwfilterBinding');
export const iface = record({ name: string, mac: string }, 'interface');
export const pool = record({ name: string, uuid: uuid }, 'storagePool');
export const volume = record({ pool: string, name: string, key: string }, 'storageVol');
export const nodeDevice = record({ name: string }, 'nodeDevice');
export const secret = record({ uuid: uuid, usageType: int, usageID: string }, 'secret');
export const checkpoint = record({ name: string, dom: domain }, 'domainCheckpoint');
export const snapshot = record({ name: string, dom: domain }, 'domainSnapshot');

/** virNetMessageError: the payload of every reply, and of every stream message, whose status is error. */
export const messageError = record({
  code: int,
  domain: int,
  message: optional(string),
  level: int,
  dom: optional(domain),
  str1: optional(string),
  str2: optional(string),
  str3: optional(string),
  int1: int,
  int2: int,
  net: optional(network),
});

/** virNetStreamHole: the payload of a message of type streamHole. */
export const streamHole = record({ length: hyper, flags: uint });
