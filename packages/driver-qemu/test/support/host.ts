import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Connect, Host } from '@virtkit/core';
import { afterEach } from 'vitest';
import { endQemusOf } from './guest.js';
import driver from '../../src/index.js';

/** Where this driver is. */
export const directory = join(import.meta.dirname, '../..');

const open = new Map<Host, string>();

/**
 * Ends hosts and guests after each test. Called by every file that opens hosts: modules are shared between files, hooks
 * belong to the file that registers them.
 */
export function endHostsAfterEach(): void {
  afterEach(async () => {
    const hosts = [...open];
    open.clear();
    for (const [host] of hosts) await host.close();
    // Guests outlive their host.
    for (const [, root] of hosts) await endQemusOf(root);
  });
}

export interface TestHost {
  readonly host: Host;
  readonly connect: Connect;
}

/** What emulators can do is found out once for all roots of a test file: it is no part of what is tested. */
export function shareCache(root: string, cache: string): string {
  mkdirSync(cache, { recursive: true });
  symlinkSync(cache, join(root, 'cache'));
  return root;
}

/** A host with this driver, connected to the guests below `root`; host and guests end with the test: see {@link endHostsAfterEach}. */
export async function openHost(root: string): Promise<TestHost> {
  const host = await Host.create({
    drivers: [{ module: driver, manifest: directory }],
    config: { drivers: [] },
    log: quiet,
  });
  open.set(host, root);
  return { host, connect: await host.open(`qemu:///embed?root=${encodeURIComponent(root)}`) };
}

const nothing = () => undefined;
const quiet = { log: nothing, debug: nothing, info: nothing, warning: nothing, error: nothing, child: () => quiet };
export { driver };
