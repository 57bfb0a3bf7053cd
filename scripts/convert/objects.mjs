// Objects other than domains: their XML and the programs that bring them about.
import { formatNodeDevice, mdevctlCall, parseNodeDevice } from '../../packages/core/dist/conf/index.js';

/** The address of a parent device as libvirt's tests know it. */
const PARENTS = {
  pci_0000_00_02_0: '0000:00:02.0',
  ap_matrix: 'matrix',
  css_0_0_0052: '0.0.0052',
};

const commandLine = (program, args) => `${[program, ...args].map(quote).join(' ')}\n`;
const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export const converters = {
  'nodedev-xml': ({ input }) => ({ xml: formatNodeDevice(parseNodeDevice(input)) }),

  'nodedev-mdevctl': ({ input, params }) => {
    const def = parseNodeDevice(input);
    const { args, input: json } = mdevctlCall(params.command, def, PARENTS[def.parent?.name]);
    return { argv: commandLine('mdevctl', args), ...(json !== undefined && { json }) };
  },
};
