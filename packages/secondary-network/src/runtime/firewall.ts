import type { NetworkDef } from '@virtkit/core/conf';
import type { CommandRunner, Log } from '@virtkit/core/driver';
import {
  FIREWALL_CHAINS,
  type FirewallLayer,
  type FirewallRule,
  firewallRules,
  FIREWALL_TABLES,
  type FirewallTable,
  PROGRAM,
  ruleArgs,
} from '../config/index.js';

/** One line for iptables-restore, and the table that it is about. */
interface Line {
  readonly table: FirewallTable;
  readonly text: string;
}

const ruleLine = ({ table, chain, args }: FirewallRule, action: 'insert' | 'delete'): Line => ({
  table,
  text: [`--${action}`, chain, ...args].join(' '),
});

/** Kernels without its target do well enough without this rule. */
const isOptional = ({ table }: FirewallRule): boolean => table === 'mangle';

/** A network's rules, in chains of libvirt's own. All of a table's are put in, or taken out, at once. */
export class Firewall {
  constructor(
    private readonly commands: CommandRunner,
    private readonly log: Log,
  ) {}

  async add(def: NetworkDef): Promise<void> {
    for (const [layer, rules] of byLayer(def)) {
      const needed = rules.filter((rule) => !isOptional(rule)).map((rule) => ruleLine(rule, 'insert'));
      await this.#addNeeded(layer, needed);
      const optional = rules.filter(isOptional).map((rule) => ruleLine(rule, 'insert'));
      await this.#change(layer, optional).catch((error: unknown) =>
        this.log.info(`network ${def.name}: no CHECKSUM target: ${(error as Error).message}`),
      );
    }
  }

  /** Takes out what is there; what is gone already is no fault. */
  async remove(def: NetworkDef): Promise<void> {
    for (const [layer, rules] of byLayer(def)) {
      const last = rules.reverse();
      try {
        await this.#change(
          layer,
          last.map((rule) => ruleLine(rule, 'delete')),
        );
      } catch {
        await this.#removeEach(def, last);
      }
    }
  }

  /** Other rules in place of a network's, if they are others. */
  async change(before: NetworkDef, after: NetworkDef): Promise<void> {
    if (JSON.stringify(firewallRules(before)) === JSON.stringify(firewallRules(after))) return;
    await this.remove(before);
    await this.add(after);
  }

  /** One that is missing keeps the others of its table from being taken out with it. */
  async #removeEach(def: NetworkDef, rules: readonly FirewallRule[]): Promise<void> {
    for (const rule of rules)
      await this.commands
        .run(PROGRAM[rule.layer], ruleArgs(rule, 'delete'))
        .catch((error: unknown) => this.log.debug(`network ${def.name}: ${(error as Error).message}`));
  }

  async #addNeeded(layer: FirewallLayer, rules: readonly Line[]): Promise<void> {
    const chains = await this.#missingChains(layer);
    try {
      await this.#change(layer, [...chains, ...rules]);
    } catch (error) {
      // Somebody else may have made the chains meanwhile.
      const now = await this.#missingChains(layer);
      if (now.length === chains.length) throw error;
      await this.#change(layer, [...now, ...rules]);
    }
  }

  /** iptablesSetupPrivateChains: each chain once, called first from the kernel's own. */
  async #missingChains(layer: FirewallLayer): Promise<Line[]> {
    const { stdout } = await this.commands.run(`${PROGRAM[layer]}-save`, []);
    const known = new Map<string, Set<string>>();
    let lines = new Set<string>();
    for (const line of stdout.split('\n')) {
      if (line.startsWith('*')) known.set(line.slice(1), (lines = new Set()));
      else lines.add(line.startsWith(':') ? line.replace(/ .*/, '') : line);
    }
    return FIREWALL_CHAINS.flatMap(({ table, name, parent }) => [
      ...(known.get(table)?.has(`:${name}`) === true ? [] : [{ table, text: `--new-chain ${name}` }]),
      ...(known.get(table)?.has(`-A ${parent} -j ${name}`) === true
        ? []
        : [{ table, text: `--insert ${parent} --jump ${name}` }]),
    ]);
  }

  async #change(layer: FirewallLayer, lines: readonly Line[]): Promise<void> {
    let input = '';
    for (const name of FIREWALL_TABLES) {
      const own = lines.filter(({ table }) => table === name);
      if (own.length > 0) input += `*${name}\n${own.map(({ text }) => `${text}\n`).join('')}COMMIT\n`;
    }
    if (input !== '') await this.commands.run(`${PROGRAM[layer]}-restore`, ['-w', '--noflush'], { input });
  }
}

function byLayer(def: NetworkDef): Map<FirewallLayer, FirewallRule[]> {
  const layers = new Map<FirewallLayer, FirewallRule[]>();
  for (const rule of firewallRules(def)) {
    const rules = layers.get(rule.layer);
    if (rules === undefined) layers.set(rule.layer, [rule]);
    else rules.push(rule);
  }
  return layers;
}
