import type { CommandRunner, Log } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { clearIp, clearNew, filterCommands, linkRoot, rootChain, type Side } from './filter-commands.js';
import { ebtables, type FirewallCommand, ipTables, mayFail } from './firewall-command.js';
import type { RuleInstance } from './rule-instances.js';

const PROGRAMS = ['iptables', 'ip6tables'] as const;

/**
 * The rules of ports in the kernel. New ones are built beside those in use and take their place in a second step, so that
 * a filter that cannot be built leaves the port as it was.
 */
export class PortFirewall {
  constructor(
    private readonly commands: CommandRunner,
    private readonly log: Log,
  ) {}

  /** ebiptablesApplyNewRules: nothing of them is left if they cannot be built. */
  async build(device: string, instances: readonly RuleInstance[]): Promise<void> {
    try {
      await this.#run(filterCommands(instances, device));
    } catch (error) {
      await this.discard(device);
      throw error;
    }
  }

  /** ebiptablesTearNewRules */
  async discard(device: string): Promise<void> {
    await this.#removeSubChains('J', device);
    await this.#removeSubChains('P', device);
    await this.#run(clearNew(device));
  }

  /** ebiptablesTearOldRules: the new rules take the place of those in use. */
  async activate(device: string): Promise<void> {
    await this.#run(
      mayFail(PROGRAMS.flatMap((program) => [...clearIp(program, device, 'used'), ...renameIp(program, device)])),
    );
    await this.#removeEthernet(device);
    for (const [from, to] of [
      ['J', 'I'],
      ['P', 'O'],
    ] as const) {
      for (const chain of await this.#subChains(from, device))
        await this.#run(mayFail([ebtables('-E', chain, chain.replace(/^./, to))]));
      await this.#run(mayFail([ebtables('-E', rootChain(from, device), rootChain(to, device))]));
    }
  }

  /** ebiptablesAllTeardown */
  async remove(device: string): Promise<void> {
    await this.#run(
      mayFail(
        PROGRAMS.flatMap((program) => [
          ...clearIp(program, device, 'used'),
          ipTables(program)('-D', 'libvirt-in-post', '-m', 'physdev', '--physdev-in', device, '-j', 'ACCEPT'),
        ]),
      ),
    );
    await this.#removeEthernet(device);
  }

  async #removeEthernet(device: string): Promise<void> {
    for (const side of ['I', 'O'] as const) {
      await this.#run(mayFail([linkRoot('-D', side, device)]));
      await this.#removeSubChains(side, device);
      await this.#run(mayFail([ebtables('-F', rootChain(side, device)), ebtables('-X', rootChain(side, device))]));
    }
  }

  async #removeSubChains(side: Side, device: string): Promise<void> {
    const chains = await this.#subChains(side, device);
    if (chains.length === 0) return;
    // A chain goes once nothing jumps to it.
    await this.#run(mayFail([ebtables('-F', rootChain(side, device))]));
    for (const chain of chains) await this.#run(mayFail([ebtables('-F', chain), ebtables('-X', chain)]));
  }

  /** Chains that a root chain jumps to. */
  async #subChains(side: Side, device: string): Promise<string[]> {
    const { program, args } = ebtables('-L', rootChain(side, device));
    const listing = await this.commands.run(program, args).catch(() => ({ stdout: '' }));
    const targets = [...listing.stdout.matchAll(/-j (\S+)/g)].map((match) => match[1] as string);
    return targets.filter((target) => target.startsWith(`${side}-${device}-`));
  }

  async #run(commands: readonly FirewallCommand[]): Promise<void> {
    for (const { program, args, mayFail: tolerant } of commands) {
      try {
        await this.commands.run(program, args);
      } catch (error) {
        if (tolerant !== true) throw asFirewallError(error);
        this.log.debug(`${program} ${args.join(' ')}: ${(error as Error).message}`);
      }
    }
  }
}

function renameIp(program: 'iptables' | 'ip6tables', device: string): FirewallCommand[] {
  const command = ipTables(program);
  return [
    ['FP', 'FO'],
    ['FJ', 'FI'],
    ['HJ', 'HI'],
  ].map(([from, to]) => command('-E', `${from}-${device}`, `${to}-${device}`));
}

const asFirewallError = (cause: unknown): LibvirtError =>
  LibvirtError.is(cause)
    ? cause
    : new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NWFILTER, (cause as Error).message, { cause });
