import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where this daemon's own files are. */
export interface DaemonPaths {
  readonly config: string;
  readonly sockets: string;
  readonly passwords: string;
  /** Folder of certificates that the configuration does not name. */
  readonly pki: string;
  /** All state of drivers goes below it; undefined for the host's own folders. */
  readonly stateRoot: string | undefined;
}

export interface PathOptions {
  readonly root?: string | undefined;
  /** Sockets where libvirt's clients look by default. */
  readonly libvirtPaths?: boolean | undefined;
}

/** The paths of a daemon of the system (uid 0), of a user, or below one folder. */
export function daemonPaths(options: PathOptions, env: NodeJS.ProcessEnv, uid: number): DaemonPaths {
  const { libvirtPaths } = options;
  const root = options.root === undefined ? undefined : resolve(options.root);
  const name = libvirtPaths === true ? 'libvirt' : 'virtkit';
  const home = env['HOME'] ?? homedir();
  const runtime = env['XDG_RUNTIME_DIR'] ?? join(tmpdir(), `virtkit-${uid}`);
  const sockets = uid === 0 ? join('/run', name) : join(runtime, name);
  if (root !== undefined)
    return {
      config: join(root, 'etc/virtkitd.conf'),
      sockets: libvirtPaths === true ? sockets : join(root, 'sock'),
      passwords: join(root, 'etc/sasl-users'),
      pki: join(root, 'etc/pki'),
      stateRoot: root,
    };
  const etc = uid === 0 ? '/etc/virtkit' : join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'virtkit');
  return {
    config: join(etc, 'virtkitd.conf'),
    sockets,
    passwords: join(etc, 'sasl-users'),
    pki: uid === 0 ? '/etc/pki' : join(home, '.pki/libvirt'),
    stateRoot: undefined,
  };
}
