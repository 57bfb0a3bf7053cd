import { join } from 'node:path';
import type { Socket } from 'node:net';
import type { LiveDomain } from '../domain/live-domain.js';
import { internalError } from '../errors.js';
import { connectToQemu } from '../save/migration-socket.js';
import type { DomainJob } from './domain-job.js';
import type { MigrationInfo } from './job-stats.js';
import { migrationEnd, watchMigration } from './migrate-out.js';

const SOCKET = 'migration.sock';

/**
 * Has a QEMU that waits for it (`-incoming defer`) take the guest's state from what `give` writes to a socket. When it does not
 * understand that it ends, having said why in its log.
 */
export async function migrateIn(
  live: LiveDomain,
  job: DomainJob,
  give: (socket: Socket) => Promise<void>,
): Promise<void> {
  const { monitor, log } = live;
  const said = await log.size();
  await watchMigration(monitor);
  const { end, stop } = migrationEnd(monitor);
  job.control = { ask: async () => ({ migration: await monitor.execute<MigrationInfo>('query-migrate') }) };
  try {
    const socket = await connectToQemu(join(live.dir, SOCKET), (uri) => monitor.execute('migrate-incoming', { uri }));
    let problem: unknown;
    const given = give(socket).catch((error: unknown) => {
      problem = error;
    });
    const how = await end.catch(async (cause: unknown) => {
      if (live.beingDestroyed) throw cause;
      await given;
      if (problem !== undefined) throw problem;
      await live.process.ended;
      throw internalError(`qemu unexpectedly closed the monitor: ${await log.since(said).catch(() => '')}`, cause);
    });
    if (how === 'completed') return;
    await given;
    throw problem ?? internalError(`QEMU could not load the guest's state: ${await log.since(said).catch(() => '')}`);
  } finally {
    stop();
    job.control = undefined;
  }
}
