import { DomainConsoleFlags } from '@virtkit/core/util';
import { commands } from '../command.js';
import { attachConsole } from '../console.js';

const domain = commands('Domains');

export const CONSOLE = [
  domain(
    'console',
    "Join this terminal to a guest's console; Ctrl-] leaves it",
    {
      args: '<domain>',
      options: {
        '--devname <name>': 'character device, by alias; default the first console',
        '--force': [DomainConsoleFlags.FORCE, 'disconnect whoever is connected'],
        '--safe': [DomainConsoleFlags.SAFE, 'only if the hypervisor lets one client alone use it'],
        '--resume': 'resume the guest once connected',
      },
    },
    async (call) => {
      const one = await call.domain();
      const joined = attachConsole(call, one, call.option('devname') ?? null, call.flags);
      if (call.has('resume')) await one.resume();
      return joined;
    },
  ),
];
