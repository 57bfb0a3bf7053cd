// Network filters: the commands that build a filter's rules for one interface.
import { parseNwfilter } from '../../packages/core/dist/conf/index.js';
import { filterCommands, ruleInstances } from '../../packages/secondary-nwfilter/dist/firewall/index.js';

const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export const converters = {
  'nwfilter-firewall': ({ input, params, files = {} }) => {
    const lookup = (name) => {
      const text = files[`filter:${name}`];
      if (text === undefined) throw new Error(`no file filter:${name}`);
      return parseNwfilter(text);
    };
    const variables = new Map(Object.entries(params.variables ?? {}));
    const commands = filterCommands(ruleInstances(parseNwfilter(input), variables, lookup), params.interface);
    return { argv: commands.map(({ program, args }) => `${[program, ...args].map(quote).join(' ')}\n`).join('') };
  },
};
