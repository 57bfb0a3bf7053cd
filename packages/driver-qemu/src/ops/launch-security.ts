import type { DomainOps, HostOps } from '@virtkit/core/driver';
import { paramValues, TypedParamsBuilder, validateParams } from '@virtkit/core/util';
import { operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

/** query-sev of a guest whose memory is encrypted. */
interface SevFacts {
  readonly 'api-major': number;
  readonly 'api-minor': number;
  readonly 'build-id': number;
  readonly policy: number;
}

/** Guests that need not trust their host. */
export const launchSecurityOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);
  return {
    nodeGetSEVInfo: () => {
      throw operationUnsupported('QEMU does not support SEV guest');
    },

    domainGetLaunchSecurityInfo: async (ref, _flags, call) => {
      const domain = find(ref);
      if (domain.def.launchSecurity?.type !== 'sev') return [];
      const { monitor } = domain.running;
      const [{ data }, facts] = await Promise.all([
        monitor.execute<{ data: string }>('query-sev-launch-measure', undefined, call),
        monitor.execute<SevFacts>('query-sev', undefined, call),
      ]);
      return new TypedParamsBuilder()
        .string('sev-measurement', data)
        .uint('sev-api-major', facts['api-major'])
        .uint('sev-api-minor', facts['api-minor'])
        .uint('sev-build-id', facts['build-id'])
        .uint('sev-policy', facts.policy).params;
    },

    domainSetLaunchSecurityState: (ref, params, _flags, call) => {
      validateParams(params, {
        'sev-secret-header': 'STRING',
        'sev-secret': 'STRING',
        'sev-secret-set-address': 'ULLONG',
      });
      return job('domainSetLaunchSecurityState', ref, call, async (domain) => {
        if (domain.def.launchSecurity?.type !== 'sev')
          throw operationUnsupported('setting a launch secret is only supported in SEV-enabled domains');
        const given = paramValues(params);
        const gpa = given.get('sev-secret-set-address');
        await domain.running.monitor.execute(
          'sev-inject-launch-secret',
          {
            'packet-header': given.get('sev-secret-header'),
            secret: given.get('sev-secret'),
            ...(gpa !== undefined && { gpa }),
          },
          call,
        );
      });
    },
  } satisfies DomainOps & HostOps;
};
