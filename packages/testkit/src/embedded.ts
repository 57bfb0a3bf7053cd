import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connect, Host, type HostOptions, type OpenOptions } from '@virtkit/core';
import type { DriverModule } from '@virtkit/core/driver';

export interface EmbeddedOptions extends Omit<HostOptions, 'drivers' | 'stateRoot'> {
  /** Reads files of the host below the folder `host` of the place, in place of the real ones. */
  readonly hostFiles?: boolean;
  /** The driver's own options. */
  readonly driverOptions?: Readonly<Record<string, unknown>>;
}

/** A driver that keeps its objects below a folder: a {@link Place} of its own for one test. */
export interface Embedded {
  /** The folder, which ends with the place. */
  readonly root: string;
  /** The host, which is another one after a restart. */
  readonly host: Host;
  /** The first connection to the present host. */
  readonly connect: Connect;
  open(options?: OpenOptions): Promise<Connect>;
  /** A new host over the same folder, and its first connection. */
  restart(options?: OpenOptions): Promise<Connect>;
  dispose(): Promise<void>;
}

/**
 * Opens `SCHEME:///embed?root=FOLDER` in a host with one driver. `directory` is the folder of the driver's package.json,
 * and the scheme the first that it names.
 */
export async function openEmbedded(
  module: DriverModule,
  directory: string,
  { driverOptions = {}, hostFiles = false, ...hostOptions }: EmbeddedOptions = {},
): Promise<Embedded> {
  const root = await mkdtemp(join(tmpdir(), `virtkit-${module.name}-`));
  let host!: Host;
  let connect!: Connect;
  const open = (own?: OpenOptions): Promise<Connect> => {
    const [scheme] = host.drivers()[0]!.manifest!.uriSchemes;
    return host.open(`${scheme}:///embed?root=${encodeURIComponent(root)}`, own);
  };
  const start = async (own?: OpenOptions): Promise<Connect> => {
    host = await Host.create({
      ...(hostFiles ? { hostFs: { root, path: (path) => join(root, 'host', path) } } : {}),
      ...hostOptions,
      stateRoot: root,
      drivers: [{ module, manifest: directory, options: driverOptions }],
    });
    return (connect = await open(own));
  };
  await start();
  return {
    root,
    get host() {
      return host;
    },
    get connect() {
      return connect;
    },
    open,
    async restart(own) {
      await host.close();
      return start(own);
    },
    async dispose() {
      await host.close();
      await rm(root, { recursive: true });
    },
  };
}
