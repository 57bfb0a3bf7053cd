import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connect, Host } from '@virtkit/core';
import { Daemon, type DaemonOptions } from './daemon.js';

/** A daemon in this process in front of connections, and a client that reaches them over its wire. */
export class Loopback {
  private constructor(
    private readonly root: string,
    private readonly daemon: Daemon,
    private readonly host: Host,
  ) {}

  static async start(open: NonNullable<DaemonOptions['open']>): Promise<Loopback> {
    const root = await mkdtemp(join(tmpdir(), 'virtkit-loopback-'));
    const socket = join(root, 'sock');
    const config = join(root, 'virtkitd.conf');
    await writeFile(config, `log_outputs = "3:file:${join(root, 'log')}"\n`);
    const daemon = await Daemon.start({ root, config, socket, drivers: [], open });
    const host = await Host.create({
      root: dirname(dirname(fileURLToPath(import.meta.url))),
      config: {
        drivers: [
          {
            package: '@virtkit/driver-remote',
            options: { local: `remote+unix:///?socket=${socket}`, reconnect: 0 },
          },
        ],
      },
    });
    return new Loopback(root, daemon, host);
  }

  /** A connection over the wire; the daemon gives the name to the function that opens. */
  open(name: string, options: { readonly readOnly?: boolean } = {}): Promise<Connect> {
    return this.host.open(name, options);
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.daemon.stop();
    await rm(this.root, { recursive: true, force: true });
  }
}

type FunctionName = Parameters<Connect['supports']>[0];

/** What a test of `@virtkit/testkit` works with. */
interface Place {
  readonly connect: Connect;
  open?(options?: { readonly readOnly?: boolean }): Promise<Connect>;
  restart?(): Promise<Connect>;
  supports?(name: FunctionName): Promise<boolean>;
  dispose(): Promise<void>;
}

/**
 * The `setup` of a suite of `@virtkit/testkit`, its place reached over the wire: what a driver promises, clients of a daemon
 * have as well.
 */
export function overTheWire(setup: () => Promise<Place>): () => Promise<Place> {
  return async () => {
    const place = await setup();
    let inner = place.connect;
    const name = inner.getURI();
    const wire = await Loopback.start((_, { readOnly }) => place.open?.({ readOnly }) ?? Promise.resolve(inner));
    return {
      connect: await wire.open(name),
      ...(place.open === undefined ? {} : { open: (options) => wire.open(name, options) }),
      ...(place.restart === undefined
        ? {}
        : {
            async restart() {
              inner = await place.restart!();
              return wire.open(name);
            },
          }),
      supports: (name) => inner.supports(name),
      async dispose() {
        await wire.close();
        await place.dispose();
      },
    };
  };
}
