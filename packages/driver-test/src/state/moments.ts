import type { CheckpointDef, SnapshotDef } from '@virtkit/core/conf';
import type { Moment } from './moment-list.js';

/** virDomainMomentObj of a snapshot */
export interface SnapshotMoment extends Moment {
  def: SnapshotDef;
}

/** virDomainMomentObj of a checkpoint */
export interface CheckpointMoment extends Moment {
  def: CheckpointDef;
}
