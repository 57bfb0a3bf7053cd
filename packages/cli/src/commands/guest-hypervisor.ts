import { DomainQemuMonitorCommandFlags, TypedParamsBuilder } from '@virtkit/core/util';
import { commands } from '../command.js';
import { facts, said } from '../output/output.js';

const guest = commands('Guests');

export const GUEST_HYPERVISOR = [
  guest(
    'domsetlaunchsecstate',
    'Give a confidential guest its secret',
    {
      args: '<domain>',
      options: {
        '--secrethdr <file>': 'header of the secret, in base64',
        '--secret <file>': 'the secret, in base64',
        '--set-address <address>': 'where in its memory',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const params = new TypedParamsBuilder();
      params.string('sev-secret-header', (await call.text(call.requiredOption('secrethdr'))).trim());
      params.string('sev-secret', (await call.text(call.requiredOption('secret'))).trim());
      const address = call.option('set-address');
      if (address !== undefined) params.ullong('sev-secret-set-address', BigInt(address));
      await call.attempt('set launch security state', domain.setLaunchSecurityState(params.params));
      return said('', { domain: domain.name });
    },
  ),
  guest('domlaunchsecinfo', 'Show the measurement of a confidential guest', { args: '<domain>' }, async (call) => {
    const params = await (await call.domain()).getLaunchSecurityInfo();
    return facts(
      params.map(({ field, value }) => [field, field, value] as const),
      19,
    );
  }),
  guest(
    'qemu-monitor-command',
    'Send a command to QEMU itself (unsupported: it may upset the driver)',
    {
      args: '<domain> <cmd...>',
      options: {
        '--hmp': [DomainQemuMonitorCommandFlags.HMP, 'in the language of people'],
        '--pretty': 'indent the answer',
      },
    },
    async (call) => {
      const answer = await (await call.domain()).qemuMonitorCommand(call.rest('cmd').join(' '), call.flags);
      if (call.has('hmp')) return { json: { result: answer }, text: () => answer.replace(/\r/g, '') };
      const json: unknown = JSON.parse(answer);
      return { json, text: () => (call.has('pretty') ? JSON.stringify(json, null, 2) : answer) };
    },
  ),
  guest(
    'qemu-agent-command',
    'Send a command to the guest agent',
    {
      args: '<domain> <cmd...>',
      options: {
        '--timeout <seconds>': 'how long to wait',
        '--async': 'do not wait',
        '--block': 'wait for ever',
        '--pretty': 'indent the answer',
      },
    },
    async (call) => {
      const timeout = call.has('async') ? 0 : call.has('block') ? -2 : (call.integer('timeout') ?? -2);
      const answer = await (await call.domain()).qemuAgentCommand(call.rest('cmd').join(' '), timeout);
      const json: unknown = answer === null ? null : JSON.parse(answer);
      return { json, text: () => (call.has('pretty') ? JSON.stringify(json, null, 2) : (answer ?? '')) };
    },
  ),
  guest(
    'qemu-attach',
    'Take over a QEMU process that was started by somebody else',
    { args: '<pid>' },
    async (call) => {
      const domain = await call.attempt(
        'attach to pid',
        (await call.connect()).domainQemuAttach(call.integerArg('pid')),
      );
      return said(`Domain '${domain.name}' attached to pid ${call.arg('pid')}`, { domain: domain.name });
    },
  ),
];
