import { type TypedParam, TypedParameterType } from '@virtkit/core/util';
import { commands } from '../command.js';
import { IMPACT } from '../impact.js';
import { said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { paramsJson } from '../params.js';

const tuning = commands('Domain tuning');

export const TUNING = [
  tuning(
    'perf',
    'Show or change which performance counters run',
    {
      args: '<domain>',
      options: { ...IMPACT, '--enable <names>': 'names, with commas', '--disable <names>': 'names, with commas' },
    },
    async (call) => {
      const domain = await call.domain();
      const params = (['enable', 'disable'] as const).flatMap((option) =>
        (call.option(option) ?? '')
          .split(',')
          .filter((name) => name !== '')
          .map((field): TypedParam => ({ field, type: TypedParameterType.BOOLEAN, value: option === 'enable' })),
      );
      if (params.length > 0) {
        await call.attempt('enable/disable perf events', domain.setPerfEvents(params, call.flags));
        return said('', paramsJson(params));
      }
      const events = await domain.getPerfEvents(call.flags);
      return {
        json: paramsJson(events),
        text: () =>
          events
            .map(({ field, value }) => `${field.padEnd(15)}: ${value === true ? 'enabled' : 'disabled'}\n`)
            .join(''),
      };
    },
  ),
  tuning(
    'set-lifecycle-action',
    'Change what happens at power off, reboot or crash',
    { args: '<domain> <type> <action>', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const types = ['poweroff', 'reboot', 'crash'];
      const actions = ['destroy', 'restart', 'rename-restart', 'preserve', 'coredump-destroy', 'coredump-restart'];
      const [type, action] = [types.indexOf(call.arg('type')), actions.indexOf(call.arg('action'))];
      if (type < 0)
        throw new UsageError(`Invalid lifecycle type '${call.arg('type')}': it is one of ${types.join(', ')}`);
      if (action < 0)
        throw new UsageError(`Invalid lifecycle action '${call.arg('action')}': it is one of ${actions.join(', ')}`);
      await call.attempt('change lifecycle action', domain.setLifecycleAction(type, action, call.flags));
      return said('', { domain: domain.name });
    },
  ),
];
