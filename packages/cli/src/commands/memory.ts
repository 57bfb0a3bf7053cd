import { DomainMemoryModFlags } from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands } from '../command.js';
import { IMPACT } from '../impact.js';
import { said } from '../output/output.js';
import { parseSize } from '../output/units.js';

const tuning = commands('Domain tuning');

const kib = (call: Call, name: string): bigint => parseSize(call.arg(name), `<${name}>`, 1024n) / 1024n;

export const MEMORY = [
  tuning(
    'setmem',
    'Change how much memory a domain has',
    { args: '<domain> <size>', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const size = kib(call, 'size');
      await call.attempt(
        `change memory of domain '${domain.name}'`,
        call.flags === 0 ? domain.setMemory(size) : domain.setMemoryFlags(size, call.flags),
      );
      return said('', { domain: domain.name, memory: size });
    },
  ),
  tuning(
    'setmaxmem',
    'Change how much memory a domain can have',
    { args: '<domain> <size>', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const size = kib(call, 'size');
      const work =
        call.flags === 0
          ? domain.setMaxMemory(size)
          : domain.setMemoryFlags(size, call.flags | DomainMemoryModFlags.MAXIMUM);
      await call.attempt('change MaxMemorySize', work);
      return said('', { domain: domain.name, maxMemory: size });
    },
  ),
];
