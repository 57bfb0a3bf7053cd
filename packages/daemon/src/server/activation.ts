import { inheritedListener, type Listener } from './listeners.js';

/** First descriptor that a service manager passes. */
const FIRST = 3;

/**
 * Sockets passed by systemd (LISTEN_FDS), by their names in LISTEN_FDNAMES: one that contains `ro` is read-only, one that
 * contains `tcp` is a TCP port, the rest are unix sockets for everything. Removes the variables, which are not for children.
 */
export function inheritedListeners(env: NodeJS.ProcessEnv, pid = process.pid): Listener[] {
  const { LISTEN_PID: forPid, LISTEN_FDS: count, LISTEN_FDNAMES: names = '' } = env;
  delete env['LISTEN_PID'];
  delete env['LISTEN_FDS'];
  delete env['LISTEN_FDNAMES'];
  if (count === undefined || (forPid !== undefined && Number(forPid) !== pid)) return [];
  const byIndex = names.split(':');
  return Array.from({ length: Number(count) || 0 }, (_, index) => {
    const words = (byIndex[index] ?? '').replace(/\.socket$/, '').split(/[^a-z]+/);
    return inheritedListener(FIRST + index, words.includes('tcp') ? 'tcp' : 'unix', words.includes('ro'));
  });
}
