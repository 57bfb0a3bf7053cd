import {
  attr,
  attrOr,
  type ConfContext,
  elementOf,
  type Fields,
  list,
  oneOf,
  part,
  PLAIN,
  req,
  reqCustom,
  str,
  uint,
  long,
  variants,
  type XmlNode,
  yesNo,
} from '@virtkit/core/conf';
import type { Accelerator, AcceleratorCaps, CpuModel, HostCpuModel, HostCpuProperty, MachineType } from './model.js';

/** Every element of this part says whose it is. */
interface Owned {
  accelerator: Accelerator;
}

const owner: Fields<Owned> = { accelerator: req(oneOf('kvm', 'tcg', 'hvf'), { name: 'type' }) };

const machineElement = elementOf<MachineType & Owned>('machine', {
  ...owner,
  name: req(str),
  alias: attr(str),
  hotplugCpus: attr(yesNo),
  maxCpus: attrOr(uint, 0),
  isDefault: attr(yesNo, { name: 'default' }),
  defaultCpu: attr(str, { name: 'defaultCPU' }),
  numaMemSupported: attr(yesNo),
  defaultRamId: attr(str, { name: 'defaultRAMid' }),
  deprecated: attr(yesNo),
});

const blocker = part('blocker', { name: req(str) });

const cpuElement = elementOf<CpuModel & Owned>('cpu', {
  ...owner,
  name: req(str),
  typename: attr(str),
  usable: reqCustom({
    reason: 'an unknown usability is not written',
    covers: { attributes: ['usable'] },
    decode: (node) => (node.attrs.usable === 'yes' ? 'yes' : node.attrs.usable === 'no' ? 'no' : 'unknown'),
    attrs: (usable) => (usable === 'unknown' ? '' : ` usable='${usable}'`),
  }),
  deprecated: attr(yesNo),
  blockers: reqCustom({
    reason: 'a list of names',
    covers: { elements: [blocker] },
    decode: (node) => node.children.flatMap((child) => child.attrs.name ?? []),
    body: (names, depth, context) => names.map((name) => blocker.encode({ name }, depth, context)).join(''),
  }),
});

const propertyElement = elementOf<HostCpuProperty>(
  'property',
  variants<HostCpuProperty, 'type', 'name'>(
    'type',
    {
      boolean: { value: req(trueFalse()), migratable: attr(yesNo) },
      string: { value: req(str) },
      number: { value: req(long) },
    },
    { first: { name: req(str) } },
  ),
);

const hostCpuElement = elementOf<HostCpuModel & Owned>('hostCPU', {
  ...owner,
  model: req(str),
  migratability: req(yesNo),
  properties: list(propertyElement),
});

function trueFalse() {
  return {
    type: { kind: 'boolean', values: ['true', 'false'] } as const,
    parse: (text: string) => (text === 'true' ? true : text === 'false' ? false : undefined),
    format: String,
    plain: true as const,
  };
}

/** In the order in which the cache lists them */
const ACCELERATORS: readonly Accelerator[] = ['kvm', 'hvf', 'tcg'];

/** The lists of all accelerators stand one after the other without an element around each. */
export const acceleratorsField = reqCustom<QemuAccelerators>({
  reason: 'three kinds of elements, grouped by an attribute of theirs',
  covers: { elements: [hostCpuElement, cpuElement, machineElement] },
  decode: readAccelerators,
  body: (accelerators, depth, context) =>
    ACCELERATORS.map((accelerator) => formatAccelerator(accelerator, accelerators[accelerator], depth, context)).join(
      '',
    ),
});

type QemuAccelerators = Partial<Record<Accelerator, AcceleratorCaps>>;

function readAccelerators(node: XmlNode, context: ConfContext = PLAIN): QemuAccelerators {
  const found: QemuAccelerators = {};
  const of = (accelerator: Accelerator): AcceleratorCaps => (found[accelerator] ??= { machines: [] });
  for (const child of node.children) {
    if (child.name === 'machine') {
      const { accelerator, ...machine } = machineElement.decode(child, context);
      of(accelerator).machines.push(machine);
    } else if (child.name === 'cpu') {
      const { accelerator, ...model } = cpuElement.decode(child, context);
      (of(accelerator).cpuModels ??= []).push(model);
    } else if (child.name === 'hostCPU') {
      const { accelerator, ...model } = hostCpuElement.decode(child, context);
      of(accelerator).hostCpu = model;
    }
  }
  return found;
}

function formatAccelerator(
  accelerator: Accelerator,
  caps: AcceleratorCaps | undefined,
  depth: number,
  context: ConfContext,
): string {
  if (caps === undefined) return '';
  let text = '';
  if (caps.hostCpu !== undefined) text += hostCpuElement.encode({ accelerator, ...caps.hostCpu }, depth, context);
  for (const model of caps.cpuModels ?? []) text += cpuElement.encode({ accelerator, ...model }, depth, context);
  for (const machine of caps.machines) text += machineElement.encode({ accelerator, ...machine }, depth, context);
  return text;
}
