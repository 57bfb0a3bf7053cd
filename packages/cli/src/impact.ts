import type { Domain } from '@virtkit/core';
import { DomainModificationImpact } from '@virtkit/core/util';
import type { Call } from './call.js';
import type { OptionTable } from './command.js';

const { LIVE, CONFIG } = DomainModificationImpact;

/** Whether a change concerns the running guest, its next start, or both. */
export const IMPACT: OptionTable = {
  '--live': [LIVE, 'the running guest'],
  '--config': [CONFIG, 'its next start'],
  '--current': 'what it is now (the default)',
};

export const IMPACT_AND_PERSISTENT: OptionTable = {
  ...IMPACT,
  '--persistent': 'its next start, and the running guest if it runs',
};

/** Flags of a call with those options. */
export async function impactFlags(call: Call, domain: Domain): Promise<number> {
  if (!call.has('persistent')) return call.flags;
  return call.flags | CONFIG | ((await domain.isActive()) ? LIVE : 0);
}
