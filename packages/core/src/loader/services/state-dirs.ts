import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Directories, StateDirs, StateScope } from '../../driver/index.js';

/**
 * The directories of this host. `root` puts those of the `system` and `session` scopes below one folder; without it they
 * are /etc/virtkit, /var/lib/virtkit, … and the user's XDG directories.
 */
export function stateDirs(root?: string, env: NodeJS.ProcessEnv = process.env): StateDirs {
  return {
    of(scope: StateScope, name: string): Directories {
      if (typeof scope === 'object') return below(scope.root, name);
      if (root !== undefined) return below(scope === 'system' ? root : join(root, 'session'), name);
      if (scope === 'system')
        return {
          etc: join('/etc/virtkit', name),
          lib: join('/var/lib/virtkit', name),
          run: join('/run/virtkit', name),
          log: join('/var/log/virtkit', name),
          cache: join('/var/cache/virtkit', name),
        };
      const xdg = (variable: string, fallback: string): string => {
        const value = env[variable];
        return value !== undefined && isAbsolute(value) ? value : fallback;
      };
      const home = env['HOME'] ?? homedir();
      const cache = join(xdg('XDG_CACHE_HOME', join(home, '.cache')), 'virtkit');
      const runtime = xdg('XDG_RUNTIME_DIR', join(tmpdir(), `virtkit-${process.getuid?.() ?? 0}`));
      return {
        etc: join(xdg('XDG_CONFIG_HOME', join(home, '.config')), 'virtkit', name),
        lib: join(xdg('XDG_DATA_HOME', join(home, '.local/share')), 'virtkit', name),
        run: join(runtime, 'virtkit', name),
        log: join(cache, name, 'log'),
        cache: join(cache, name),
      };
    },
  };
}

function below(root: string, name: string): Directories {
  return {
    etc: join(root, 'etc', name),
    lib: join(root, 'lib', name),
    run: join(root, 'run', name),
    log: join(root, 'log', name),
    cache: join(root, 'cache', name),
  };
}
