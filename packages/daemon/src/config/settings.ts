import type { ConfValue } from './conf-syntax.js';

/** How a setting is given and what it means; the reference of the configuration file is made of these. */
export interface SettingSpec {
  readonly kind: 'text' | 'number' | 'switch' | 'list' | 'mode';
  readonly initial: ConfValue | undefined;
  readonly doc: string;
  readonly oneOf?: readonly string[];
  readonly min?: number;
}

/** Every setting of virtkitd.conf. Names and meanings are libvirtd.conf's where it has them. */
export const SETTINGS = {
  listen_tls: { kind: 'switch', initial: 0, doc: 'Listen for TLS connections; needs certificates.' },
  listen_tcp: { kind: 'switch', initial: 0, doc: 'Listen for unencrypted TCP connections.' },
  tls_port: { kind: 'text', initial: '16514', doc: 'Port for TLS.' },
  tcp_port: { kind: 'text', initial: '16509', doc: 'Port for TCP.' },
  listen_addr: { kind: 'text', initial: undefined, doc: 'Address to listen on; all by default.' },
  unix_sock_group: { kind: 'text', initial: undefined, doc: 'Group that owns the unix sockets.' },
  unix_sock_ro_perms: { kind: 'mode', initial: '0777', doc: 'Mode of the read-only socket.' },
  unix_sock_rw_perms: { kind: 'mode', initial: '0700', doc: 'Mode of the read-write socket.' },
  unix_sock_admin_perms: { kind: 'mode', initial: '0700', doc: 'Mode of the administration socket.' },
  unix_sock_dir: { kind: 'text', initial: undefined, doc: 'Folder of the unix sockets.' },
  auth_unix_ro: {
    kind: 'text',
    initial: 'none',
    oneOf: ['none', 'sasl'],
    doc: 'Authentication on the read-only socket.',
  },
  auth_unix_rw: {
    kind: 'text',
    initial: 'none',
    oneOf: ['none', 'sasl'],
    doc: 'Authentication on the read-write socket.',
  },
  auth_tcp: { kind: 'text', initial: 'sasl', oneOf: ['none', 'sasl'], doc: 'Authentication on TCP.' },
  auth_tls: {
    kind: 'text',
    initial: 'none',
    oneOf: ['none', 'sasl'],
    doc: 'Authentication on TLS, beside certificates.',
  },
  key_file: { kind: 'text', initial: undefined, doc: "The server's private key." },
  cert_file: { kind: 'text', initial: undefined, doc: "The server's certificate." },
  ca_file: { kind: 'text', initial: undefined, doc: 'Certificate of the authority that signed those of clients.' },
  crl_file: { kind: 'text', initial: undefined, doc: 'Certificates that are revoked.' },
  tls_no_verify_certificate: { kind: 'switch', initial: 0, doc: 'Accept clients without a verified certificate.' },
  tls_allowed_dn_list: { kind: 'list', initial: undefined, doc: 'Patterns of certificate names that may connect.' },
  sasl_allowed_username_list: { kind: 'list', initial: undefined, doc: 'Patterns of SASL users that may connect.' },
  sasl_mechanisms: {
    kind: 'list',
    initial: ['SCRAM-SHA-256', 'PLAIN'],
    doc: 'SASL mechanisms offered; PLAIN never on TCP.',
  },
  sasl_password_file: { kind: 'text', initial: undefined, doc: 'Users of SASL; made by virtkitd --sasl-user NAME.' },
  access_policy_file: { kind: 'text', initial: undefined, doc: 'Who may do what; without one everything is allowed.' },
  max_clients: { kind: 'number', initial: 5000, min: 1, doc: 'Clients served at the same time.' },
  max_queued_clients: { kind: 'number', initial: 1000, min: 0, doc: 'Clients that wait to be served.' },
  max_anonymous_clients: { kind: 'number', initial: 20, min: 1, doc: 'Clients that have not authenticated yet.' },
  max_client_requests: { kind: 'number', initial: 32, min: 1, doc: 'Calls in execution for one client.' },
  max_workers: { kind: 'number', initial: 200, min: 1, doc: 'Calls in execution for all clients together.' },
  max_client_output: {
    kind: 'number',
    initial: 4194304,
    min: 65536,
    doc: 'Bytes of unread answers before a client is not served any further.',
  },
  max_client_events: {
    kind: 'number',
    initial: 16777216,
    min: 65536,
    doc: 'Bytes unread before a client that gets events is disconnected.',
  },
  call_timeout: {
    kind: 'number',
    initial: 0,
    min: 0,
    doc: 'Seconds after which a client gets an error for a call that a driver does not answer; 0 for none.',
  },
  keepalive_interval: { kind: 'number', initial: 5, min: -1, doc: 'Seconds of silence before a ping; -1 for none.' },
  keepalive_count: { kind: 'number', initial: 5, min: 1, doc: 'Unanswered pings before a client is dropped.' },
  log_level: { kind: 'number', initial: 3, min: 1, doc: '1 debug, 2 information, 3 warnings, 4 errors.' },
  log_filters: { kind: 'text', initial: undefined, doc: 'Levels by source, for example "1:qemu 3:daemon".' },
  log_outputs: {
    kind: 'text',
    initial: undefined,
    doc: 'Where to, for example "3:stderr 1:file:/var/log/virtkitd.log".',
  },
  default_uri: { kind: 'text', initial: undefined, doc: 'What clients get that name no URI.' },
  uri_aliases: { kind: 'list', initial: undefined, doc: 'Short names of URIs, "name=uri".' },
  drivers: { kind: 'list', initial: undefined, doc: 'Driver packages; without it all that are installed.' },
  forward_uri: {
    kind: 'text',
    initial: undefined,
    doc: 'The daemon that opens all URIs for clients, as "remote+ssh://root@far/"; without it they are opened here.',
  },
  allow_relay: { kind: 'switch', initial: 0, doc: 'Open URIs of other hosts for clients.' },
} as const satisfies Record<string, SettingSpec>;

export type SettingName = keyof typeof SETTINGS;

/** Settings of libvirtd.conf that mean nothing here; accepted so that its file can be used. */
export const IGNORED_SETTINGS: ReadonlySet<string> = new Set([
  'min_workers',
  'prio_workers',
  'max_requests',
  'mdns_adv',
  'mdns_name',
  'audit_level',
  'audit_logging',
  'host_uuid',
  'host_uuid_source',
  'ovs_timeout',
  'tls_no_sanity_certificate',
  'tls_priority',
  'tcp_min_ssf',
  'access_drivers',
  'log_buffer_size',
  'keepalive_required',
  'admin_keepalive_required',
  'admin_min_workers',
  'admin_max_workers',
  'admin_max_clients',
  'admin_max_queued_clients',
  'admin_max_client_requests',
  'admin_keepalive_interval',
  'admin_keepalive_count',
]);
