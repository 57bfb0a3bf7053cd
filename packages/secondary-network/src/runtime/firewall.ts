import type { NetworkDef } from '@virtkit/core/conf';
import type { CommandRunner, Log } from '@virtkit/core/driver';
import {
  FIREWALL_CHAINS,
  type FirewallLayer,
  type FirewallRule,
  firewallRules,
  PROGRAM,
  ruleArgs,
} from '../config/index.js';

/** A network's rules, in chains of libvirt's own. */
export class Firewall {
  constructor(
    private readonly commands: CommandRunner,
    private readonly log: Log,
  ) {}

  async add(def: NetworkDef): Promise<void> {
    const rules = firewallRules(def);
    for (const layer of new Set(rules.map((rule) => rule.layer))) await this.#ensureChains(layer);
    for (const rule of rules) await this.#run(rule, 'insert');
  }

  /** Takes out what is there; what is gone already is no fault. */
  async remove(def: NetworkDef): Promise<void> {
    for (const rule of firewallRules(def).reverse())
      await this.#run(rule, 'delete').catch((error: unknown) =>
        this.log.debug(`network ${def.name}: ${(error as Error).message}`),
      );
  }

  /** Other rules in place of a network's, if they are others. */
  async change(before: NetworkDef, after: NetworkDef): Promise<void> {
    if (JSON.stringify(firewallRules(before)) === JSON.stringify(firewallRules(after))) return;
    await this.remove(before);
    await this.add(after);
  }

  async #run(rule: FirewallRule, action: 'insert' | 'delete'): Promise<void> {
    const program = PROGRAM[rule.layer];
    try {
      await this.commands.run(program, ruleArgs(rule, action));
    } catch (error) {
      // Kernels without the checksum target do well enough without it.
      if (rule.table !== 'mangle' || action === 'delete') throw error;
      this.log.info(`${program}: no CHECKSUM target: ${(error as Error).message}`);
    }
  }

  /** iptablesSetupPrivateChains: each chain once, called first from the kernel's own. */
  async #ensureChains(layer: FirewallLayer): Promise<void> {
    const program = PROGRAM[layer];
    for (const table of ['filter', 'nat', 'mangle'] as const) {
      const { stdout } = await this.commands.run(program, ['-w', '--table', table, '--list-rules']);
      const lines = new Set(stdout.split('\n'));
      for (const { name, parent } of FIREWALL_CHAINS.filter((chain) => chain.table === table)) {
        if (!lines.has(`-N ${name}`)) await this.commands.run(program, ['-w', '--table', table, '--new-chain', name]);
        if (!lines.has(`-A ${parent} -j ${name}`))
          await this.commands.run(program, ['-w', '--table', table, '--insert', parent, '--jump', name]);
      }
    }
  }
}
