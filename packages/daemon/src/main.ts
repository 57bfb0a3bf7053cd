import { parseArgs } from 'node:util';
import { LibvirtError } from '@virtkit/core/util';

const USAGE = `usage: virtkitd [options]

  --root DIR          all state, sockets and configuration below DIR
  --config FILE       configuration file
  --socket PATH       listen on PATH, and on PATH-ro for read-only clients
  --libvirt-paths     listen where libvirt's clients look by default
  --check             check the configuration and leave
  --print-config      print a configuration file with every setting explained
  --sasl-user NAME    read a password from stdin and make NAME a user of SASL
  --remove            with --sasl-user: remove the user
  --timeout SECONDS   leave after so long without clients; guests go on running
  --verbose           log everything
  --version, --help
`;

/**
 * The command line of virtkitd. Returns the exit status, or undefined while it runs. `entries` has the drivers that are
 * bundled with this file, if it is, by the folders of their packages.
 */
export async function main(
  argv: readonly string[],
  entries?: ReadonlyMap<string, () => unknown>,
): Promise<number | undefined> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        root: { type: 'string' },
        config: { type: 'string', short: 'f' },
        socket: { type: 'string' },
        'libvirt-paths': { type: 'boolean' },
        check: { type: 'boolean' },
        'print-config': { type: 'boolean' },
        'sasl-user': { type: 'string' },
        remove: { type: 'boolean' },
        timeout: { type: 'string', short: 't' },
        verbose: { type: 'boolean', short: 'v' },
        version: { type: 'boolean', short: 'V' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    process.stderr.write(`virtkitd: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    if (
      values.version === true ||
      values.check === true ||
      values['print-config'] === true ||
      values['sasl-user'] !== undefined
    ) {
      const { runTask } = await import('./tasks.js');
      return await runTask(values);
    }
    const timeout = Number(values.timeout ?? 0);
    if (!Number.isInteger(timeout) || timeout < 0) {
      process.stderr.write(`virtkitd: --timeout '${values.timeout}' must be a number of seconds\n`);
      return 2;
    }
    const { Daemon } = await import('./daemon.js');
    const daemon = await Daemon.start({
      timeout,
      onIdle: () => stop(),
      root: values.root,
      config: values.config,
      socket: values.socket,
      libvirtPaths: values['libvirt-paths'],
      verbose: values.verbose,
      entries,
    });
    const stop = (): void => {
      daemon.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
      // A driver that hangs must not keep the daemon from ending.
      setTimeout(() => process.exit(1), 10_000).unref();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('SIGHUP', () => void daemon.reload());
    // A fault in a driver's background work costs a line in the log, not the daemon.
    const fault = (error: unknown): void =>
      daemon.log.root.error('unexpected fault', { stack: error instanceof Error ? error.stack : String(error) });
    process.on('uncaughtException', fault);
    process.on('unhandledRejection', fault);
    return undefined;
  } catch (error) {
    process.stderr.write(`virtkitd: ${LibvirtError.from(error).message}\n`);
    return 1;
  }
}
