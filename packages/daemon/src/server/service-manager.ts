import { spawn } from 'node:child_process';

/**
 * sd_notify: tells the service manager about this daemon, if one asked for it. Node has no datagram unix sockets, so the
 * manager's own tool carries the message.
 */
export function notifyServiceManager(state: 'ready' | 'reloading' | 'stopping', status: string): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  const tool = spawn('systemd-notify', [`--pid=${process.pid}`, `--${state}`, `--status=${status}`], {
    stdio: 'ignore',
  });
  tool.on('error', () => undefined);
  tool.unref();
}
