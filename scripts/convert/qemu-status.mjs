// What libvirt keeps of a guest while it runs: read, and written back.
import { formatDomainStatus, formatPrivate, parseDomainStatus } from '../../packages/core/dist/conf/index.js';
import { qemuXmlOption } from '../../packages/driver-qemu/dist/xml/index.js';
import { addDefaultAudio } from '../../packages/driver-qemu/dist/xml/post-parse/default-devices.js';

/** A status document is complete: no emulator is asked for what it leaves out. */
const option = qemuXmlOption({
  caps: undefined,
  emulatorFor: () => undefined,
  hostArch: 'x86_64',
  isPcieDevice: () => undefined,
  channelDirs: [],
  nvramDir: '/var/lib/libvirt/qemu/nvram',
});

const element = (name, attrs = {}, text = '') => ({ name, qname: name, ns: '', attrs, children: [], text, line: 0 });

/** What every guest's private data ends with, in this order; older hosts did not write all of it. */
const TAIL = [
  element('allowReboot', { value: 'yes' }),
  element('nodename', { index: '0' }),
  element('fdset', { index: '0' }),
  element('blockjobs', { active: 'no' }),
  element('agentTimeout', {}, '-2'),
];

/** qemuDomainObjPrivateXMLFormat: private data with what this version always says of a guest. */
function completed(nodes) {
  const own = nodes.map((node) =>
    node.name === 'job' ? { ...node, attrs: { flags: '0x0', asyncStarted: '0', ...node.attrs } } : node,
  );
  let at = own.findLastIndex(({ name }) => name === 'chardevStdioLogd' || name === 'channelTargetDir') + 1;
  for (const wanted of TAIL) {
    const there = own.findIndex(({ name }) => name === wanted.name);
    if (there < 0) own.splice(at, 0, wanted);
    at = (there < 0 ? at : there) + 1;
  }
  return own;
}

export const converters = {
  'qemu-status': ({ input }) => {
    const status = parseDomainStatus(input, option);
    addDefaultAudio(status.def);
    return { xml: formatDomainStatus(status, formatPrivate(completed(status.private)), option) };
  },
};
