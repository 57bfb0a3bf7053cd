// Answers of a running QEMU's monitor.
import { formatX86Data } from '../../packages/core/dist/conf/index.js';
import { combineVcpus, cpuDataOfFeatureWords } from '../../packages/driver-qemu/dist/vcpu/index.js';

/** QEMU's topology members by the short names in which vCPUs are told */
const LEVELS = { node: 'node-id', socket: 'socket-id', die: 'die-id', core: 'core-id', thread: 'thread-id' };

const yesNo = (value) => (value ? 'yes' : 'no');

function describe(vcpu) {
  const { slot } = vcpu;
  const lines = [`[vcpu libvirt-id='${vcpu.id}']`];
  const add = (text) => lines.push(`    ${text}`);
  add(`online=${yesNo(vcpu.online)}`);
  add(`hotpluggable=${yesNo(vcpu.hotpluggable)}`);
  if (vcpu.threadId !== undefined) add(`thread-id='${vcpu.threadId}'`);
  if (slot?.enableId !== undefined) add(`enable-id='${slot.enableId}'`);
  if (vcpu.qemuId !== undefined) add(`query-cpus-id='${vcpu.qemuId}'`);
  if (slot !== undefined) {
    add(`type='${slot.type}'`);
    if (slot.alias !== undefined) add(`alias='${slot.alias}'`);
    if (slot.qomPath !== undefined) add(`qom_path='${slot.qomPath}'`);
    const at = Object.entries(LEVELS).flatMap(([name, member]) =>
      slot.topology[member] === undefined ? [] : [`${name}='${slot.topology[member]}'`],
    );
    add(`topology: ${[...at, `vcpus='${slot.vcpus}'`].join(' ')}`);
  }
  if (vcpu.halted) add('halted');
  return lines.join('\n');
}

const OPERATIONS = {
  cpuinfo(reply, { maxvcpus }, files) {
    const running = JSON.parse(files['query-cpus-fast']).return;
    return { vcpus: `${combineVcpus(reply, running, maxvcpus).map(describe).join('\n')}\n` };
  },
  getcpu: (reply) => ({ cpudata: formatX86Data(cpuDataOfFeatureWords(reply)) }),
};

export const converters = {
  'qemu-monitor': ({ input, params, files }) => OPERATIONS[params.op](JSON.parse(input).return, params, files),
};
