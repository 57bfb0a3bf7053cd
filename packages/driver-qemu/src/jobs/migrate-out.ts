import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { DomainEventID, DomainJobType, ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { operationFailed } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { QmpConnection, QmpEvent } from '../qmp/index.js';
import { acceptFromQemu } from '../save/migration-socket.js';
import type { DomainJob } from './domain-job.js';
import { jobParams, type MigrationInfo } from './job-stats.js';

/** No limit, as QEMU writes it: it computes with more than it is told. */
const UNLIMITED = 9_223_372_036_853_727_232n;

/** How long the other end may take to tell what went wrong, in ms. */
const LAST_WORDS = 500;

/** The socket in a run's directory that the guest's memory goes through. */
const SOCKET = 'migration.sock';

/** Makes QEMU tell of each step of a migration. */
export async function watchMigration(monitor: QmpConnection): Promise<void> {
  await monitor.execute('migrate-set-capabilities', { capabilities: [{ capability: 'events', state: true }] });
}

/** The end of a migration as its events tell it; rejects when QEMU goes away first. */
export function migrationEnd(
  monitor: QmpConnection,
  onPass: (pass: number) => void = () => undefined,
): { readonly end: Promise<'completed' | 'failed' | 'cancelled'>; readonly stop: () => void } {
  let stop = () => undefined as void;
  const end = new Promise<'completed' | 'failed' | 'cancelled'>((resolve, reject) => {
    stop = monitor.onEvent((event: QmpEvent) => {
      if (event.event === 'MIGRATION_PASS') onPass(event.data.pass);
      if (event.event !== 'MIGRATION') return;
      const { status } = event.data;
      if (status === 'completed' || status === 'failed' || status === 'cancelled') resolve(status);
    }) as () => void;
    monitor.onClose(reject);
  });
  end.catch(() => undefined);
  return { end, stop };
}

/**
 * Has QEMU write the guest's state to a socket whose other end `take` gets. Returns when all of it is where `take` put it. Raises what
 * went wrong there, OPERATION_ABORTED for a job given up, OPERATION_FAILED with QEMU's reason; the guest is then still there.
 */
export async function migrateOut(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  job: DomainJob,
  take: (socket: Socket, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const { monitor } = live;
  const before = await monitor.execute<{ 'max-bandwidth'?: number }>('query-migrate-parameters');
  await watchMigration(monitor);
  await monitor.execute('migrate-set-parameters', { 'max-bandwidth': UNLIMITED });
  const { end, stop } = migrationEnd(monitor, (iteration) =>
    host.events.emit(DomainEventID.MIGRATION_ITERATION, domain.uuid, { dom: domain.ref, iteration }),
  );
  const ask = async () => ({ migration: await monitor.execute<MigrationInfo>('query-migrate') });
  job.control = {
    ask,
    abort: async () => {
      job.aborted = true;
      await monitor.execute('migrate_cancel');
    },
  };
  try {
    const gone = end.then(async (how): Promise<never> => {
      throw how === 'completed' ? new Error('over') : await reasonOf(how, ask, job);
    });
    gone.catch(() => undefined);
    const socket = await acceptFromQemu(
      join(live.dir, SOCKET),
      (uri) => monitor.execute('migrate', { uri, detach: true }),
      gone,
    );
    const given = new AbortController();
    await carried(take(socket, given.signal), end, ask, job, given);
    host.events.emit(DomainEventID.JOB_COMPLETED, domain.uuid, {
      dom: domain.ref,
      params: jobParams((domain.completedJob = await job.stats(DomainJobType.COMPLETED))),
    });
  } catch (error) {
    // It may still be at it when the other end has failed.
    await monitor.execute('migrate_cancel').catch(() => undefined);
    await settled(monitor);
    throw error;
  } finally {
    stop();
    job.control = undefined;
    const speed = before['max-bandwidth'];
    if (speed !== undefined)
      await monitor.execute('migrate-set-parameters', { 'max-bandwidth': speed }).catch(() => undefined);
  }
}

/** Both ends must have done their part; the error of the file says more than QEMU's. */
async function carried(
  taken: Promise<void>,
  end: Promise<'completed' | 'failed' | 'cancelled'>,
  ask: () => Promise<{ migration: MigrationInfo }>,
  job: DomainJob,
  other: AbortController,
): Promise<void> {
  let problem: unknown;
  const safe = taken.catch((error: unknown) => {
    problem = error;
  });
  try {
    const how = await end;
    if (how === 'completed') {
      job.control = {
        ask,
        abort: async () => {
          job.aborted = true;
          other.abort(new Error('given up'));
        },
      };
      await safe;
      if (job.aborted) throw await reasonOf(how, ask, job);
      if (problem !== undefined) throw problem;
      return;
    }
    // What was wrong with the file came first, if anything was; a program may take a moment to say it.
    if (!job.aborted) await Promise.race([safe, setTimeout(LAST_WORDS)]);
    const first = problem;
    other.abort(first);
    await safe;
    if (job.aborted || first === undefined) throw await reasonOf(how, ask, job);
    throw first;
  } catch (error) {
    other.abort(error);
    await safe;
    throw error;
  }
}

async function reasonOf(
  how: string,
  ask: () => Promise<{ migration: MigrationInfo }>,
  job: DomainJob,
): Promise<LibvirtError> {
  if (job.aborted || how === 'cancelled')
    return new LibvirtError(ErrorCode.OPERATION_ABORTED, ErrorDomain.QEMU, `${job.name}: canceled by client`);
  const { migration } = await ask();
  return operationFailed(`${job.name}: ${migration['error-desc'] ?? 'unexpectedly failed'}`);
}

const OVER = new Set(['none', 'completed', 'failed', 'cancelled', undefined]);

/** Waits until QEMU has let go of a migration. */
export async function settled(monitor: QmpConnection, patience = 10_000): Promise<void> {
  for (const deadline = performance.now() + patience; performance.now() < deadline;) {
    const { status } = await monitor.execute<MigrationInfo>('query-migrate').catch((): MigrationInfo => ({}));
    if (OVER.has(status)) return;
    await setTimeout(20);
  }
}
