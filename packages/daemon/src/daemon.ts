import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Connect,
  type ConnectionUri,
  ErrorCode,
  ErrorDomain,
  type GivenDriver,
  Host,
  LibvirtError,
  parseUri,
} from '@virtkit/core';
import type { AdminHost } from './admin/admin-host.js';
import { AdminSession } from './admin/admin-session.js';
import { AccessPolicy, parsePolicy } from './access/policy.js';
import { Authentication, type AuthScheme } from './auth/authentication.js';
import { PasswordFile } from './auth/password-file.js';
import { saslMechanisms } from './auth/sasl-mechanisms.js';
import { type DaemonConfig, readConfig } from './config/daemon-config.js';
import { groupId } from './config/group.js';
import { daemonPaths, type DaemonPaths } from './config/paths.js';
import { findDrivers } from './find-drivers.js';
import { IdleWatch } from './idle-watch.js';
import { DaemonLog } from './log.js';
import { inheritedListeners } from './server/activation.js';
import type { Client } from './server/client.js';
import { tcpListener, unixListener } from './server/listeners.js';
import { Server, type ServerLimits } from './server/server.js';
import { notifyServiceManager } from './server/service-manager.js';
import type { TlsListener } from './server/tls-listener.js';
import { EventFrames } from './session/event-frames.js';
import { Session, type SessionHost } from './session/session.js';

export interface DaemonOptions {
  /** All state, sockets and configuration below this folder. */
  readonly root?: string | undefined;
  readonly config?: string | undefined;
  /** In place of the sockets in their folder: this one, with `-ro` appended for the read-only one. */
  readonly socket?: string | undefined;
  readonly libvirtPaths?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  /** Seconds without clients after which `onIdle` is called; 0 for never. */
  readonly timeout?: number | undefined;
  readonly onIdle?: (() => void) | undefined;
  /** Folders of driver packages in place of those that are found. */
  readonly drivers?: readonly string[] | undefined;
  /** What loads the drivers that are bundled with the daemon, by the folders of their packages. */
  readonly entries?: ReadonlyMap<string, () => unknown> | undefined;
  /** Drivers that are imported already, for hosts that embed the daemon. */
  readonly given?: readonly GivenDriver[] | undefined;
  /** Opens connections in place of a host of the daemon's own, for programs that have one. They are closed with their clients. */
  readonly open?: ((name: string, options: ConnectionOptions) => Promise<Connect>) | undefined;
}

export type ConnectionOptions = Parameters<SessionHost['open']>[1];

/** Drivers are started when the daemon has answered its first clients, or after this many milliseconds. */
const START_DELAY = 200;
/** Clients of the administration socket at the same time. */
const ADMIN_CLIENTS = 5;
/** Has no URIs of its own, and takes those that the other drivers leave. */
const FORWARDER = '@virtkit/driver-remote';
const OWN_FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));

/** virtkitd: sockets on one side, a host with its drivers on the other. */
export class Daemon {
  readonly log = new DaemonLog();
  readonly #policy = new AccessPolicy({ rules: [], default: 'allow' });
  #config!: DaemonConfig;
  #host!: Host;
  #server!: Server;
  #passwords!: PasswordFile;
  #admin!: Server;
  #tls: TlsListener | undefined;
  readonly #idle = new IdleWatch(
    () => this.#server.clients.length === 0,
    () => this.options.onIdle?.(),
  );
  #startTimer: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(
    private readonly options: DaemonOptions,
    readonly paths: DaemonPaths,
  ) {}

  /** Reads the configuration and listens. Raises what keeps it from that, with the remedy. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options, daemonPaths(options, process.env, process.getuid?.() ?? 0));
    await daemon.#configure();
    await daemon.#open();
    daemon.#idle.set(options.timeout ?? 0);
    return daemon;
  }

  get config(): DaemonConfig {
    return this.#config;
  }

  get server(): Server {
    return this.#server;
  }

  get host(): Host {
    return this.#host;
  }

  async #configure(): Promise<void> {
    const { config, notes } = await readConfig(
      this.options.config ?? this.paths.config,
      this.options.config !== undefined,
    );
    const policy =
      config.access_policy_file === undefined
        ? undefined
        : parsePolicy(await readPolicy(config.access_policy_file), config.access_policy_file);
    this.log.apply(this.options.verbose === true ? { ...config, log_level: 1 } : config);
    for (const note of notes) this.log.root.info(note);
    this.#config = config;
    this.#policy.replace(policy ?? { rules: [], default: 'allow' });
    this.#passwords = new PasswordFile(config.sasl_password_file ?? this.paths.passwords);
    if (this.#server !== undefined) {
      this.#server.limits = this.#limits();
      this.#server.workers.max = config.max_workers;
      this.#server.workers.admit();
    }
  }

  #limits(): ServerLimits {
    const config = this.#config;
    return {
      clients: config.max_clients,
      workers: config.max_workers,
      queued: config.max_queued_clients,
      anonymous: config.max_anonymous_clients,
      requests: config.max_client_requests,
      output: config.max_client_output,
      events: config.max_client_events,
    };
  }

  async #open(): Promise<void> {
    const frames = new EventFrames();
    const sessions: SessionHost = {
      log: this.log.root.child('rpc'),
      frames,
      keepalive: { interval: this.#config.keepalive_interval, count: this.#config.keepalive_count },
      callTimeout: this.#config.call_timeout * 1000,
      open: (name, options) => this.#openConnection(name, options),
      authenticated: () => this.#server.authenticated(),
    };
    this.#server = new Server('virtkitd', this.#limits(), this.log.root.child('rpc'), (client) => {
      return new Session(client, sessions, this.#authentication(client));
    });
    const administration: AdminHost = {
      servers: new Map([
        // As scripts for virt-admin call it.
        ['libvirtd', this.#server],
        ['admin', (this.#admin = this.#createAdmin(() => administration))],
      ]),
      log: this.log,
      setIdleTimeout: (seconds) => this.#idle.set(seconds),
      reloadTls: async (server) => {
        if (server !== this.#server || this.#tls === undefined) return false;
        await this.#tls.reload();
        return true;
      },
    };
    this.#host = await this.#createHost();
    await this.#listen();
    this.#startTimer = setTimeout(() => this.#startDrivers(), START_DELAY).unref();
    notifyServiceManager('ready', `listening for ${this.#host.drivers().length} drivers`);
  }

  #createAdmin(host: () => AdminHost): Server {
    const log = this.log.root.child('admin');
    const limits = { ...this.#limits(), clients: ADMIN_CLIENTS, queued: ADMIN_CLIENTS };
    return new Server('admin', limits, log, (client) => new AdminSession(client, log, host()));
  }

  async #createHost(): Promise<Host> {
    const { forward_uri: forward } = this.#config;
    const { drivers, default_uri: defaultUri = forward && 'remote:///', uri_aliases: aliases } = this.#config;
    const chosen = this.options.drivers ?? drivers ?? (forward === undefined ? findDrivers(OWN_FOLDER) : []);
    const access = this.#config.access_policy_file === undefined ? {} : { access: this.#policy };
    return Host.create({
      root: OWN_FOLDER,
      config: {
        drivers: [
          ...chosen.map((name) => ({ package: name })),
          ...(forward === undefined ? [] : [{ package: FORWARDER, options: { local: forward } }]),
        ],
        ...(defaultUri === undefined ? {} : { defaultUri }),
        ...(aliases === undefined ? {} : { uriAliases: aliasTable(aliases) }),
      },
      ...(this.paths.stateRoot === undefined ? {} : { stateRoot: this.paths.stateRoot }),
      log: this.log.root,
      ...(this.options.entries === undefined ? {} : { entries: this.options.entries }),
      ...(this.options.given === undefined ? {} : { drivers: this.options.given }),
      ...access,
    });
  }

  /** Drivers with state bring back their guests and start what is marked for it, once the sockets are there. */
  #startDrivers(): void {
    this.#host.start().then(
      (problems) => {
        for (const problem of problems) this.log.root.warning(problem.message);
      },
      (error: unknown) => this.log.root.error(LibvirtError.from(error).message),
    );
  }

  async #listen(): Promise<void> {
    const inherited = inheritedListeners(process.env);
    for (const listener of inherited) await this.#server.listen(listener);
    const { socket } = this.options;
    const folder = this.#config.unix_sock_dir ?? this.paths.sockets;
    const group = this.#config.unix_sock_group;
    const gid = group === undefined ? undefined : await groupId(group);
    const path = socket ?? join(folder, 'libvirt-sock');
    if (inherited.length === 0) {
      const mode = (text: string): number => parseInt(text, 8);
      await this.#server.listen(
        unixListener({ path, readOnly: false, mode: mode(this.#config.unix_sock_rw_perms), gid }),
      );
      await this.#server.listen(
        unixListener({ path: `${path}-ro`, readOnly: true, mode: mode(this.#config.unix_sock_ro_perms), gid }),
      );
      await this.#admin.listen(
        unixListener({
          path: socket === undefined ? join(folder, 'libvirt-admin-sock') : `${path}-admin`,
          readOnly: false,
          mode: mode(this.#config.unix_sock_admin_perms),
        }),
      );
    }
    const host = this.#config.listen_addr;
    if (this.#config.listen_tcp) await this.#server.listen(tcpListener(host, Number(this.#config.tcp_port)));
    if (this.#config.listen_tls) await this.#listenTls(host);
  }

  async #listenTls(host: string | undefined): Promise<void> {
    const { tlsListener } = await import('./server/tls-listener.js');
    const config = this.#config;
    const { pki } = this.paths;
    this.#tls = tlsListener({
      host,
      port: Number(config.tls_port),
      files: {
        ca: config.ca_file ?? join(pki, 'CA/cacert.pem'),
        cert: config.cert_file ?? join(pki, 'libvirt/servercert.pem'),
        key: config.key_file ?? join(pki, 'libvirt/private/serverkey.pem'),
        crl: config.crl_file,
      },
      verify: !config.tls_no_verify_certificate,
      allowed: config.tls_allowed_dn_list,
      onRefused: (peer, why) => this.log.root.warning(`TLS client refused: ${why}`, { from: peer }),
    });
    await this.#server.listen(this.#tls);
  }

  #authentication({ transport }: Client): Authentication {
    const config = this.#config;
    const scheme: AuthScheme =
      transport.kind === 'unix'
        ? transport.readOnly
          ? (config.auth_unix_ro as AuthScheme)
          : (config.auth_unix_rw as AuthScheme)
        : ((transport.kind === 'tls' ? config.auth_tls : config.auth_tcp) as AuthScheme);
    if (scheme === 'none') return new Authentication(scheme);
    return new Authentication(
      scheme,
      saslMechanisms({
        names: config.sasl_mechanisms,
        confidential: transport.kind !== 'tcp',
        allowed: config.sasl_allowed_username_list,
        find: (user) => this.#passwords.find(user),
      }),
    );
  }

  async #openConnection(name: string, options: ConnectionOptions): Promise<Connect> {
    if (this.options.open !== undefined) return this.options.open(name, options);
    const { allow_relay: relay, forward_uri: forward } = this.#config;
    const uri = name.includes(':') ? parseUri(name) : undefined;
    if (!relay && uri !== undefined && this.#isElsewhere(uri)) throw relayRefused(name);
    const connect = await this.#host.open(name, options);
    if (relay || connect.driverName !== 'remote' || forward !== undefined) return connect;
    await connect.close();
    throw relayRefused(name);
  }

  /** Whether a URI leads to another daemon: it says so, or names a host and a hypervisor that no driver here reaches. */
  #isElsewhere({ transport, host, scheme }: ConnectionUri): boolean {
    if (transport !== undefined) return true;
    return host !== '' && !this.#host.drivers().some(({ manifest }) => manifest?.uriSchemes.includes(scheme));
  }

  /** SIGHUP: configuration, policy, certificates and the drivers' definitions are read again; a mistake changes nothing. */
  async reload(): Promise<void> {
    notifyServiceManager('reloading', 'reading configuration');
    try {
      await this.#configure();
      await this.#tls?.reload();
      await this.#host.reload();
      this.log.root.info('configuration reloaded');
    } catch (error) {
      this.log.root.error(`reload failed, the old configuration stays: ${LibvirtError.from(error).message}`);
    }
    notifyServiceManager('ready', 'configuration reloaded');
  }

  /** Hangs up and lets go of everything in this process; guests go on running. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    notifyServiceManager('stopping', 'closing connections; guests go on running');
    clearTimeout(this.#startTimer);
    this.#idle.set(0);
    await Promise.all([this.#server.close(), this.#admin.close()]);
    await this.#host.close();
  }
}

async function readPolicy(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.CONF, `cannot read the access policy ${file}`, error);
  });
}

function aliasTable(aliases: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    aliases.map((alias) => {
      const at = alias.indexOf('=');
      if (at < 1)
        throw new LibvirtError(ErrorCode.CONF_SYNTAX, ErrorDomain.CONF, `uri_aliases: '${alias}' must be "name=uri"`);
      return [alias.slice(0, at), alias.slice(at + 1)];
    }),
  );
}

const relayRefused = (uri: string): LibvirtError =>
  new LibvirtError(
    ErrorCode.NO_CONNECT,
    ErrorDomain.NONE,
    `${uri}: this daemon does not relay to other hosts (allow_relay = 1 in its configuration would)`,
  );
