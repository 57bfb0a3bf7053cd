// Networks: what dnsmasq and the firewall are told.
import { parseNetwork } from '../../packages/core/dist/conf/index.js';
import { dnsmasqConfig, firewallRules, PROGRAM, ruleArgs } from '../../packages/secondary-network/dist/config/index.js';

const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export const converters = {
  'network-dnsmasq': ({ input }) => {
    const def = parseNetwork(input);
    const base = `/var/lib/libvirt/dnsmasq/${def.name}`;
    const files = { conf: `${base}.conf`, hosts: `${base}.hostsfile`, addnHosts: `${base}.addnhosts` };
    const { conf, hosts } = dnsmasqConfig(def, files);
    return { conf, hostsfile: hosts };
  },

  'network-firewall': ({ input }) => ({
    argv: firewallRules(parseNetwork(input))
      .map((rule) => `${[PROGRAM[rule.layer], ...ruleArgs(rule, 'insert')].map(quote).join(' ')}\n`)
      .join(''),
  }),
};
