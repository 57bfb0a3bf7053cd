import { DomainJobOperation, DomainJobType } from '@virtkit/core/util';
import { commands } from '../command.js';
import { lines, said, textOf } from '../output/output.js';
import { prettySize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';
import { constantName } from '../state-names.js';

const guest = commands('Guests');

export const JOB = [
  guest(
    'domjobinfo',
    'Show the job that runs on a domain',
    {
      args: '<domain>',
      options: {
        '--completed': [1, 'the last one that ended'],
        '--keep-completed': [2, 'and keep it'],
        '--rawstats': 'all figures',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const { type, params } = await domain.getJobStats(call.flags).catch(async () => {
        const info = await domain.getJobInfo();
        return { type: info.type, params: Object.entries(info).map(([field, value]) => ({ field, value })) };
      });
      const name =
        { [DomainJobType.NONE]: 'None', [DomainJobType.BOUNDED]: 'Bounded', [DomainJobType.UNBOUNDED]: 'Unbounded' }[
          type
        ] ?? constantName(DomainJobType, type);
      const json = {
        type: constantName(DomainJobType, type),
        ...Object.fromEntries(params.map(({ field, value }) => [field, value])),
      };
      const show = ({ field, value }: { readonly field: string; readonly value: unknown }): string => {
        if (field === 'operation') return constantName(DomainJobOperation, Number(value));
        if (/^(data|memory|disk|file|mem)_(total|processed|remaining)$/.test(field))
          return prettySize(BigInt(value as bigint));
        return /time/.test(field) ? `${textOf(value)} ms` : textOf(value);
      };
      return {
        json,
        text: () =>
          `${'Job type:'.padEnd(18)}${name}\n${params.map((param) => `${`${call.has('rawstats') ? param.field : param.field.replaceAll('_', ' ')}:`.padEnd(18)}${call.has('rawstats') ? textOf(param.value) : show(param)}\n`).join('')}`,
      };
    },
  ),
  guest('domjobabort', 'Give up the job that runs on a domain', { args: '<domain>' }, async (call) => {
    const domain = await call.domain();
    await call.attempt('abort job', domain.abortJob());
    return said('', { domain: domain.name });
  }),
  guest(
    'migrate-setmaxdowntime',
    'Change how long a guest may stand still in a migration',
    { args: '<domain> <downtime>' },
    async (call) => {
      const domain = await call.domain();
      await domain.migrateSetMaxDowntime(BigInt(call.integerArg('downtime')));
      return said('', { domain: domain.name });
    },
  ),
  guest(
    'migrate-getmaxdowntime',
    'Show how long a guest may stand still in a migration',
    { args: '<domain>' },
    async (call) => lines([await (await call.domain()).migrateGetMaxDowntime()]),
  ),
  guest(
    'migrate-setspeed',
    'Change the rate of migrations',
    { args: '<domain> <bandwidth>', options: { '--postcopy': [1, 'in post-copy'] } },
    async (call) => {
      const domain = await call.domain();
      await domain.migrateSetMaxSpeed(BigInt(call.integerArg('bandwidth')), call.flags);
      return said('', { domain: domain.name });
    },
  ),
  guest(
    'migrate-getspeed',
    'Show the rate of migrations, in MiB/s',
    { args: '<domain>', options: { '--postcopy': [1, 'in post-copy'] } },
    async (call) => lines([await (await call.domain()).migrateGetMaxSpeed(call.flags)]),
  ),
  guest(
    'migrate-compcache',
    'Show or change the cache of compressed migrations',
    { args: '<domain>', options: { '--size <bytes>': 'its size' } },
    async (call) => {
      const domain = await call.domain();
      const size = call.size('size');
      if (size !== undefined) await domain.migrateSetCompressionCache(size);
      const bytes = await domain.migrateGetCompressionCache();
      return { json: { bytes }, text: () => `Compression cache: ${prettySize(bytes)}` };
    },
  ),
  guest('migrate-postcopy', 'Switch a migration that runs to post-copy', { args: '<domain>' }, async (call) => {
    const domain = await call.domain();
    await domain.migrateStartPostCopy();
    return said('', { domain: domain.name });
  }),
  guest(
    'domdirtyrate-calc',
    'Have the rate of dirtied memory measured',
    {
      args: '<domain>',
      options: {
        '--seconds <number>': 'for how long, 1 to 60',
        '--mode <mode>': 'page-sampling, dirty-bitmap or dirty-ring',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const modes = ['page-sampling', 'dirty-bitmap', 'dirty-ring'];
      const mode = modes.indexOf(call.option('mode') ?? 'page-sampling');
      if (mode < 0) throw new UsageError(`--mode: it is one of ${modes.join(', ')}`);
      await domain.startDirtyRateCalc(call.integer('seconds') ?? 1, mode);
      return said("Start to calculate domain's memory dirty rate successfully.", { domain: domain.name });
    },
  ),
];
