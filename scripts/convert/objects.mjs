// Objects other than domains: their XML and the programs that bring them about.
import {
  alignBackupDisks,
  confContext,
  formatBackup,
  formatNodeDevice,
  mdevctlCall,
  parseBackup,
  parseNodeDevice,
} from '../../packages/core/dist/conf/index.js';

/** The address of a parent device as libvirt's tests know it. */
const PARENTS = {
  pci_0000_00_02_0: '0000:00:02.0',
  ap_matrix: 'matrix',
  css_0_0_0052: '0.0.0052',
};

const commandLine = (program, args) => `${[program, ...args].map(quote).join(' ')}\n`;
const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The domain that libvirt's test backs up: the disks that are named, and one more. */
function backedUp(backup) {
  const named = (backup.disks?.disk ?? []).map(({ name }) => ({
    type: 'network',
    source: { protocol: 'nbd', host: [] },
    target: { dev: name },
  }));
  const extra = { type: 'file', source: { file: '/fake/vdextradisk.qcow2' }, target: { dev: 'vdextradisk' } };
  return { devices: { disk: [...named, extra] } };
}

export const converters = {
  'backup-xml': ({ input, params }) => {
    const context = { ...confContext({ status: params.internal === true }), internal: params.internal === true };
    const def = parseBackup(input, context);
    alignBackupDisks(def, backedUp(def), 'SUFFIX');
    return { xml: formatBackup(def, context) };
  },

  'nodedev-xml': ({ input }) => ({ xml: formatNodeDevice(parseNodeDevice(input)) }),

  'nodedev-mdevctl': ({ input, params }) => {
    const def = parseNodeDevice(input);
    const { args, input: json } = mdevctlCall(params.command, def, PARENTS[def.parent?.name]);
    return { argv: commandLine('mdevctl', args), ...(json !== undefined && { json }) };
  },
};
