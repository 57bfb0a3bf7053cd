import { DomainStatsTypes } from '@virtkit/core/util';
import type { LiveDomain } from '../domain/live-domain.js';
import { type ExecuteOptions, QmpCommandError } from '../qmp/index.js';

export interface BlockStats {
  readonly device?: string;
  readonly qdev?: string;
  readonly 'node-name'?: string;
  readonly stats: Readonly<Record<string, number>>;
}

export interface BlockNode {
  readonly 'node-name': string;
  readonly file: string;
  readonly image: { readonly 'virtual-size': number; readonly 'actual-size'?: number };
}

/** What QEMU told about a guest; a part that was not asked for, or that it refused, is undefined. */
export interface StatsReplies {
  readonly cpus?: readonly { readonly 'cpu-index': number; readonly 'thread-id': number }[] | undefined;
  readonly guestMemory?:
    { readonly stats: Readonly<Record<string, number>>; readonly 'last-update': number } | undefined;
  readonly blocks?: readonly BlockStats[] | undefined;
  readonly nodes?: readonly BlockNode[] | undefined;
  readonly dirtyRate?:
    | {
        readonly status: string;
        readonly 'start-time': number;
        readonly 'calc-time': number;
        readonly mode: string;
        readonly 'dirty-rate'?: number;
        readonly 'vcpu-dirty-rate'?: readonly { readonly id: number; readonly 'dirty-rate': number }[];
      }
    | undefined;
  readonly iothreads?:
    | readonly {
        readonly id: string;
        readonly 'poll-max-ns'?: number;
        readonly 'poll-grow'?: number;
        readonly 'poll-shrink'?: number;
      }[]
    | undefined;
}

/** Where QEMU keeps the balloon that we gave the id balloon0. */
export const BALLOON_PATH = '/machine/peripheral/balloon0';

/** Asks for the groups of `mask`, all questions in one go. */
export async function askStats(
  { monitor }: LiveDomain,
  mask: number,
  { hasBalloon }: { hasBalloon: boolean },
  options: ExecuteOptions,
): Promise<StatsReplies> {
  const ask = async <T>(wanted: boolean, command: string, args?: Record<string, unknown>): Promise<T | undefined> => {
    if (!wanted) return undefined;
    try {
      return await monitor.execute<T>(command, args, options);
    } catch (error) {
      if (QmpCommandError.behind(error) === undefined) throw error;
      return undefined;
    }
  };
  const has = (group: number) => (mask & group) !== 0;
  const [cpus, guestMemory, blocks, nodes, iothreads, dirtyRate] = await Promise.all([
    ask<StatsReplies['cpus']>(has(DomainStatsTypes.VCPU), 'query-cpus-fast'),
    ask<StatsReplies['guestMemory']>(hasBalloon && has(DomainStatsTypes.BALLOON), 'qom-get', {
      path: BALLOON_PATH,
      property: 'guest-stats',
    }),
    ask<StatsReplies['blocks']>(has(DomainStatsTypes.BLOCK), 'query-blockstats'),
    ask<StatsReplies['nodes']>(has(DomainStatsTypes.BLOCK), 'query-named-block-nodes', { flat: true }),
    ask<StatsReplies['iothreads']>(has(DomainStatsTypes.IOTHREAD), 'query-iothreads'),
    ask<StatsReplies['dirtyRate']>(has(DomainStatsTypes.DIRTYRATE), 'query-dirty-rate'),
  ]);
  return { cpus, guestMemory, blocks, nodes, iothreads, dirtyRate };
}
