/** Ethernet, IPv4 and IPv6 have a program each. */
export type FirewallProgram = 'ebtables' | 'iptables' | 'ip6tables';

/** virFirewallRule: one call of a firewall program. */
export interface FirewallCommand {
  readonly program: FirewallProgram;
  readonly args: readonly string[];
  /** It clears away what may not be there. */
  readonly mayFail?: true;
}

/** A command in the nat table of ebtables, which waits for others to finish. */
export const ebtables = (...args: readonly string[]): FirewallCommand => ({
  program: 'ebtables',
  args: ['--concurrent', '-t', 'nat', ...args],
});

export const ipTables =
  (program: 'iptables' | 'ip6tables') =>
  (...args: readonly string[]): FirewallCommand => ({ program, args: ['-w', ...args] });

export const mayFail = (commands: readonly FirewallCommand[]): FirewallCommand[] =>
  commands.map((command) => ({ ...command, mayFail: true }));
