import { attr, elementOf, leaves, list, part, str, yesNo } from '../xml/index.js';

/** virNetworkDNSForwarder */
export interface DnsForwarder {
  domain?: string;
  addr?: string;
}

/** virNetworkDNSTxtDef */
export interface DnsTxt {
  name?: string;
  value?: string;
}

/** virNetworkDNSSrvDef; the numbers are checked once it is known which network they are for. */
export interface DnsSrv {
  service?: string;
  protocol?: string;
  domain?: string;
  target?: string;
  port?: string;
  priority?: string;
  weight?: string;
}

/** virNetworkDNSHostDef */
export interface DnsHost {
  ip?: string;
  hostname?: string[];
}

/** virNetworkDNSDef */
export interface NetworkDns {
  enable?: boolean;
  forwardPlainNames?: boolean;
  forwarder: DnsForwarder[];
  txt: DnsTxt[];
  srv: DnsSrv[];
  host: DnsHost[];
}

export const dnsTxt = elementOf<DnsTxt>('txt', { name: attr(str), value: attr(str) });

export const dnsSrv = elementOf<DnsSrv>('srv', {
  service: attr(str),
  protocol: attr(str),
  domain: attr(str),
  target: attr(str),
  port: attr(str),
  priority: attr(str),
  weight: attr(str),
});

export const dnsHost = elementOf<DnsHost>('host', { ip: attr(str), hostname: leaves(str) });

export const networkDns = elementOf<NetworkDns>(
  'dns',
  {
    enable: attr(yesNo),
    forwardPlainNames: attr(yesNo),
    forwarder: list(part('forwarder', { domain: attr(str), addr: attr(str) })),
    txt: list(dnsTxt),
    srv: list(dnsSrv),
    host: list(dnsHost),
  },
  { omitEmpty: true },
);
