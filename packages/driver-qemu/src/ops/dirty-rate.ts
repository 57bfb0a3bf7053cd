import type { DomainOps } from '@virtkit/core/driver';
import { DomainDirtyRateCalcFlags } from '@virtkit/core/util';
import { configUnsupported, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const [LEAST, MOST] = [1, 60];
const { DIRTY_BITMAP, DIRTY_RING } = DomainDirtyRateCalcFlags;

/** How fast guests change their memory; the result is among their statistics. */
export const dirtyRateOps = (host: QemuHost) => {
  const { job } = jobsOf(host);
  return {
    domainStartDirtyRateCalc: (ref, seconds, flags, call) => {
      if (seconds < LEAST || seconds > MOST)
        throw configUnsupported(`seconds=${seconds} is invalid, please choose value within [${LEAST}, ${MOST}].`);
      return job('domainStartDirtyRateCalc', ref, call, async (domain) => {
        const { monitor } = domain.running;
        const ring = (flags & DIRTY_RING) !== 0;
        const kvm = domain.def.features?.kvm as { 'dirty-ring'?: { state?: boolean } } | undefined;
        if (ring && kvm?.['dirty-ring']?.state !== true)
          throw operationUnsupported('dirty-ring calculation mode requires dirty-ring feature enabled.');
        const mode = ring ? 'dirty-ring' : (flags & DIRTY_BITMAP) !== 0 ? 'dirty-bitmap' : 'page-sampling';
        await monitor.execute('calc-dirty-rate', { 'calc-time': seconds, mode }, call);
      });
    },
  } satisfies DomainOps;
};
