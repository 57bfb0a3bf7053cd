import {
  DomainCoreDumpFlags,
  DomainModificationImpact,
  DomainSaveRestoreFlags,
  DomainSnapshotCreateFlags,
  DomainSnapshotDeleteFlags,
  DomainSnapshotRevertFlags,
  DomainCheckpointDeleteFlags,
  DomainBlockRebaseFlags,
} from '../util/index.js';
import type { FunctionName } from '../driver/index.js';

type Pair = readonly [first: string, firstBit: number, second: string, secondBit: number];

/** What libvirt's public functions refuse before any driver sees the call. */
export interface FlagRules {
  /** Flags that cannot be given together. */
  readonly exclusive?: readonly Pair[];
  /** Flags (first) that need another one (second). */
  readonly requires?: readonly Pair[];
  /** Arguments that must not be zero or empty. */
  readonly nonZero?: readonly string[];
}

const pair = <T extends Readonly<Record<string, number>>>(
  prefix: string,
  flags: T,
  first: keyof T & string,
  second: keyof T & string,
): Pair => [`${prefix}${first}`, flags[first] as number, `${prefix}${second}`, flags[second] as number];

const liveOrConfig: FlagRules = {
  exclusive: [pair('VIR_DOMAIN_AFFECT_', DomainModificationImpact, 'LIVE', 'CONFIG')],
};
const runningOrPaused: FlagRules = {
  exclusive: [pair('VIR_DOMAIN_SAVE_', DomainSaveRestoreFlags, 'RUNNING', 'PAUSED')],
};
const dump: FlagRules = {
  exclusive: [
    pair('VIR_DUMP_', DomainCoreDumpFlags, 'CRASH', 'LIVE'),
    pair('VIR_DUMP_', DomainCoreDumpFlags, 'CRASH', 'RESET'),
    pair('VIR_DUMP_', DomainCoreDumpFlags, 'LIVE', 'RESET'),
  ],
};

export const FLAG_RULES: Readonly<Partial<Record<FunctionName, FlagRules>>> = {
  domainGetMemoryParameters: liveOrConfig,
  domainGetNumaParameters: liveOrConfig,
  domainGetBlkioParameters: liveOrConfig,
  domainGetSchedulerParametersFlags: liveOrConfig,
  domainGetBlockIoTune: liveOrConfig,
  domainGetInterfaceParameters: liveOrConfig,
  domainGetVcpuPinInfo: liveOrConfig,
  domainGetEmulatorPinInfo: liveOrConfig,
  domainGetVcpusFlags: liveOrConfig,
  domainGetIOThreadInfo: liveOrConfig,
  domainGetMetadata: liveOrConfig,
  domainGetPerfEvents: liveOrConfig,
  domainSaveFlags: runningOrPaused,
  domainSaveParams: runningOrPaused,
  domainRestoreFlags: runningOrPaused,
  domainRestoreParams: runningOrPaused,
  domainManagedSave: runningOrPaused,
  domainManagedSaveDefineXML: runningOrPaused,
  domainSaveImageDefineXML: runningOrPaused,
  domainCoreDump: dump,
  domainCoreDumpWithFormat: dump,
  domainSnapshotCreateXML: {
    requires: [pair('VIR_DOMAIN_SNAPSHOT_CREATE_', DomainSnapshotCreateFlags, 'CURRENT', 'REDEFINE')],
    exclusive: [
      pair('VIR_DOMAIN_SNAPSHOT_CREATE_', DomainSnapshotCreateFlags, 'REDEFINE', 'NO_METADATA'),
      pair('VIR_DOMAIN_SNAPSHOT_CREATE_', DomainSnapshotCreateFlags, 'REDEFINE', 'HALT'),
    ],
  },
  domainSnapshotDelete: {
    exclusive: [pair('VIR_DOMAIN_SNAPSHOT_DELETE_', DomainSnapshotDeleteFlags, 'CHILDREN', 'CHILDREN_ONLY')],
  },
  domainRevertToSnapshot: {
    exclusive: [pair('VIR_DOMAIN_SNAPSHOT_REVERT_', DomainSnapshotRevertFlags, 'RUNNING', 'PAUSED')],
  },
  domainCheckpointDelete: {
    exclusive: [pair('VIR_DOMAIN_CHECKPOINT_DELETE_', DomainCheckpointDeleteFlags, 'CHILDREN', 'CHILDREN_ONLY')],
  },
  domainBlockRebase: {
    requires: [
      pair('VIR_DOMAIN_BLOCK_REBASE_', DomainBlockRebaseFlags, 'SHALLOW', 'COPY'),
      pair('VIR_DOMAIN_BLOCK_REBASE_', DomainBlockRebaseFlags, 'REUSE_EXT', 'COPY'),
      pair('VIR_DOMAIN_BLOCK_REBASE_', DomainBlockRebaseFlags, 'COPY_RAW', 'COPY'),
      pair('VIR_DOMAIN_BLOCK_REBASE_', DomainBlockRebaseFlags, 'COPY_DEV', 'COPY'),
    ],
  },
  domainSetMemory: { nonZero: ['memory'] },
  domainSetMemoryFlags: { nonZero: ['memory'] },
  domainSetMaxMemory: { nonZero: ['memory'] },
  domainSetVcpus: { nonZero: ['nvcpus'] },
  domainSetVcpusFlags: { nonZero: ['nvcpus'] },
};
