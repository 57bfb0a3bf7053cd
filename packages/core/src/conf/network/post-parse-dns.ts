import { formatIp, parseIp } from '../../util/index.js';
import { uint } from '../xml/index.js';
import type { DnsHost, DnsSrv, DnsTxt, NetworkDns } from './dns.js';
import { networkDetail, networkError } from './problems.js';

/** How far a record must be complete: whole in a definition, by its key alone where one is to be removed. */
export interface DnsOptions {
  readonly partial?: boolean;
}

/** virNetworkDNSDefParseXML's checks; addresses take their usual form. */
export function postParseDns(dns: NetworkDns, name: string): void {
  for (const host of dns.host) checkDnsHost(host, name);
  for (const srv of dns.srv) checkDnsSrv(srv, name);
  for (const txt of dns.txt) checkDnsTxt(txt, name);
  for (const forwarder of dns.forwarder) {
    if (forwarder.addr !== undefined) {
      const ip = parseIp(forwarder.addr);
      if (ip === undefined) throw networkError(`Invalid forwarder IP address '${forwarder.addr}' in network '${name}'`);
      forwarder.addr = formatIp(ip);
    }
    if (forwarder.domain === undefined && forwarder.addr === undefined)
      throw networkError('Invalid forwarder element, must contain at least one of addr or domain');
  }
  if (dns.enable === false && dns.forwarder.length + dns.txt.length + dns.srv.length + dns.host.length > 0)
    throw networkError(`Extra data in disabled network '${name}'`);
}

/** virNetworkDNSHostDefParseXML */
export function checkDnsHost(host: DnsHost, name: string, { partial = false }: DnsOptions = {}): void {
  if (host.ip === undefined && !partial) throw networkDetail(`Missing IP address in network '${name}' DNS HOST record`);
  if (host.ip !== undefined) {
    const ip = parseIp(host.ip);
    if (ip === undefined) throw networkDetail(`Invalid IP address in network '${name}' DNS HOST record`);
    host.ip = formatIp(ip);
  }
  const names = (host.hostname ?? []).filter((one) => one !== '');
  if (names.length > 0) host.hostname = names;
  else delete host.hostname;
  if (names.length === 0 && !partial) throw networkDetail(`Missing hostname in network '${name}' DNS HOST record`);
  if (names.length === 0 && host.ip === undefined)
    throw networkDetail(`Missing ip and hostname in network '${name}' DNS HOST record`);
}

/** What a record's service and protocol may consist of, and how long a service's name may be. */
const SERVICE = /^[A-Za-z0-9_+/*-]*$/;
const PROTOCOL = /^[A-Za-z0-9+/-]*$/;
const LONGEST_SERVICE = 482;

const NUMBERS = [
  ['port', 1, 'invalid'],
  ['priority', 0, 'Invalid'],
  ['weight', 0, 'invalid'],
] as const;

/** virNetworkDNSSrvDefParseXML */
export function checkDnsSrv(srv: DnsSrv, name: string, { partial = false }: DnsOptions = {}): void {
  if (srv.service === undefined && !partial)
    throw networkDetail(`missing required service attribute in DNS SRV record of network '${name}'`);
  if (srv.service !== undefined) {
    if (srv.service.length > LONGEST_SERVICE)
      throw networkDetail(
        `service attribute '${srv.service}' in network '${name}' is too long, limit is ${LONGEST_SERVICE} bytes`,
      );
    if (!SERVICE.test(srv.service))
      throw networkDetail(
        `invalid character in service attribute '${srv.service}' in DNS SRV record of network '${name}'`,
      );
  }
  if (srv.protocol === undefined && !partial)
    throw networkDetail(`missing required protocol attribute in DNS SRV record '${srv.service}' of network '${name}'`);
  if (srv.protocol !== undefined && !PROTOCOL.test(srv.protocol))
    throw networkDetail(
      `invalid character in protocol attribute '${srv.protocol}' in DNS SRV record of network '${name}'`,
    );
  const where = `for service '${srv.service ?? ''}' in network '${name}'`;
  for (const [key, least, word] of NUMBERS) {
    const text = srv[key];
    if (!text) {
      delete srv[key];
      continue;
    }
    const value = uint.parse(text);
    // Also for one that only says which record is to go.
    if (value !== undefined && srv.target === undefined)
      throw networkDetail(`DNS SRV ${key} attribute not permitted without target ${where}`);
    if (value === undefined || value < least || value > 65535)
      throw networkDetail(`${word} DNS SRV ${key} attribute ${where}`);
    if (value === 0) delete srv[key];
    else srv[key] = String(value);
  }
}

/** virNetworkDNSTxtDefParseXML */
export function checkDnsTxt(txt: DnsTxt, name: string, { partial = false }: DnsOptions = {}): void {
  if (txt.name === undefined)
    throw networkDetail(`missing required name attribute in DNS TXT record of network ${name}`);
  if (/[ ,]/.test(txt.name))
    throw networkDetail(`prohibited character in DNS TXT record name '${txt.name}' of network ${name}`);
  if (txt.value === undefined && !partial)
    throw networkDetail(`missing required value attribute in DNS TXT record named '${txt.name}' of network ${name}`);
}
