import type { CallContext, DomainRef, MigrationOps } from '@virtkit/core/driver';
import { DomainMigrateMaxSpeedFlags, ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { MAX_MIGRATION_SPEED } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

/** What QEMU's `query-migrate-parameters` tells, as far as it is asked for. */
interface MigrationParameters {
  readonly 'downtime-limit'?: number;
  readonly 'xbzrle-cache-size'?: number;
  readonly 'max-postcopy-bandwidth'?: number;
}

const MIB = 1024n * 1024n;

/** How guests would migrate. That they do is not supported: it is refused, after what is wrong with the guest itself. */
export const migrationOps = (host: QemuHost) => {
  const { find, liveJob } = jobsOf(host);

  const parameters = ({ monitor }: LiveDomain, call: CallContext) =>
    monitor.execute<MigrationParameters>('query-migrate-parameters', undefined, call);
  const set = async ({ monitor }: LiveDomain, what: Record<string, unknown>, call: CallContext) =>
    void (await monitor.execute('migrate-set-parameters', what, call));

  const refuse =
    (symbol: string) =>
    (ref: DomainRef): never => {
      void find(ref).running;
      throw new LibvirtError(
        ErrorCode.NO_SUPPORT,
        ErrorDomain.QEMU,
        `${symbol}: guests are not migrated by this driver`,
      );
    };

  function assertSpeed(bandwidth: bigint): void {
    if (bandwidth > MAX_MIGRATION_SPEED)
      throw new LibvirtError(
        ErrorCode.OVERFLOW,
        ErrorDomain.QEMU,
        `bandwidth must be less than ${MAX_MIGRATION_SPEED + 1n}`,
      );
  }

  return {
    domainMigrateGetMaxSpeed(ref, flags, call) {
      if ((flags & DomainMigrateMaxSpeedFlags.POSTCOPY) === 0) return find(ref).migrationSpeed;
      return liveJob('domainMigrateGetMaxSpeed', ref, call, async (live) => {
        const { 'max-postcopy-bandwidth': speed = 0 } = await parameters(live, call);
        return BigInt(speed) / MIB;
      });
    },
    domainMigrateSetMaxSpeed(ref, bandwidth, flags, call) {
      assertSpeed(bandwidth);
      if (flags & DomainMigrateMaxSpeedFlags.POSTCOPY)
        return liveJob('domainMigrateSetMaxSpeed', ref, call, (live) =>
          set(live, { 'max-postcopy-bandwidth': bandwidth * MIB }, call),
        );
      find(ref).migrationSpeed = bandwidth;
    },
    domainMigrateGetMaxDowntime: (ref, _flags, call) =>
      liveJob('domainMigrateGetMaxDowntime', ref, call, async (live) =>
        BigInt((await parameters(live, call))['downtime-limit'] ?? 0),
      ),
    domainMigrateSetMaxDowntime: (ref, downtime, _flags, call) =>
      liveJob('domainMigrateSetMaxDowntime', ref, call, (live) => set(live, { 'downtime-limit': downtime }, call)),
    domainMigrateGetCompressionCache: (ref, _flags, call) =>
      liveJob('domainMigrateGetCompressionCache', ref, call, async (live) =>
        BigInt((await parameters(live, call))['xbzrle-cache-size'] ?? 0),
      ),
    domainMigrateSetCompressionCache: (ref, size, _flags, call) =>
      liveJob('domainMigrateSetCompressionCache', ref, call, (live) => set(live, { 'xbzrle-cache-size': size }, call)),
    domainMigrateStartPostCopy(ref) {
      void find(ref).running;
      throw operationInvalid('post-copy can only be started while outgoing migration is in progress');
    },

    domainMigratePerform: refuse('virDomainMigratePerform'),
    domainMigrateBegin3: refuse('virDomainMigrateBegin3'),
    domainMigratePerform3: refuse('virDomainMigratePerform3'),
    domainMigrateBegin3Params: refuse('virDomainMigrateBegin3Params'),
    domainMigratePerform3Params: refuse('virDomainMigratePerform3Params'),
  } satisfies MigrationOps;
};
