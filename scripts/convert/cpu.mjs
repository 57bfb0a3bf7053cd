// CPU descriptions: comparing, computing baselines, decoding.
import {
  baselineCpu,
  compareCpu,
  convertLegacyCpu,
  cpuHasFeature,
  expandCpu,
  formatCpu,
  formatNode,
  hypervisorModels,
  migratableCpu,
  parseCpu,
  parseX86Data,
  readXml,
  translateCpu,
  updateCpu,
  x86Decode,
  x86Facts,
  x86FactsFromQemu,
  x86ModelsFromQemu,
  x86RawSignature,
  x86SignatureOf,
} from '../../packages/core/dist/conf/index.js';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../packages/core/dist/util/index.js';

/** The CPUs of `<cpuTest>`, which only wraps them. */
function cpusIn(text) {
  return readXml(text)
    .children.filter(({ name }) => name === 'cpu')
    .map((node) => parseCpu(formatNode(node, 0)));
}

function decoded(kind, arch, result) {
  const model = { name: result.model };
  const vendor = result.vendor === undefined ? {} : { vendor: result.vendor };
  const feature = result.features;
  if (kind === 'host') {
    const signature = result.signature === undefined ? {} : { signature: result.signature };
    return { arch, model, ...vendor, ...signature, feature };
  }
  return { mode: 'custom', match: 'exact', model: { fallback: 'forbid', ...model }, ...vendor, feature };
}

/** What QEMU returned, call after call: JSON documents one after the other. */
function replies(text) {
  const found = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{' && depth++ === 0) start = index;
    if (token === '}' && --depth === 0) found.push(JSON.parse(text.slice(start, index + 1)).return);
  }
  return found;
}

const hex = (value, digits) => value.toString(16).padStart(digits, '0');
const signatureLine = (name, value) => `${name.padEnd(10)}${String(value).padStart(3)} (0x${hex(value, 2)})\n`;

export const converters = {
  'cpu-compare-pairs': ({ input, params, files }) => {
    const { result } = compareCpu(params.arch, parseCpu(files.host), parseCpu(input));
    return { result: `${result}\n` };
  },

  'cpu-update': ({ input, params, files }) => {
    const host = migratableCpu(params.arch, parseCpu(files.host));
    return { cpu: formatCpu(updateCpu(params.arch, parseCpu(input), host)) };
  },

  'cpu-baseline-pairs': ({ input, params }) => {
    const cpu = baselineCpu(params.arch, cpusIn(input), { migratable: params.migratable });
    return { cpu: formatCpu(params.expand ? expandCpu(params.arch, cpu) : cpu) };
  },

  'cpu-feature': ({ input, params }) => ({
    result: cpuHasFeature(params.arch, parseCpu(input), params.feature) ? 'yes\n' : 'no\n',
  }),

  'cpu-guest': ({ input, params, files }) => {
    const { arch } = params;
    const host = parseCpu(files.host);
    const guest = convertLegacyCpu(arch, parseCpu(input));
    const comparison = compareCpu(arch, host, guest);
    if (comparison.result === 'incompatible') {
      throw new LibvirtError(ErrorCode.CPU_INCOMPATIBLE, ErrorDomain.CPU, comparison.reason);
    }
    const models = params.models && hypervisorModels(params.models);
    return { cpu: formatCpu(translateCpu(arch, updateCpu(arch, guest, host), models)) };
  },

  'cpu-decode': ({ input, params, files }) => {
    const models = files.qmp && x86ModelsFromQemu(replies(files.qmp)[1]);
    const result = x86Decode(x86Facts(parseX86Data(input)), { kind: params.as, models });
    return { cpu: formatCpu(decoded(params.as, params.arch, result)) };
  },

  'cpu-signature': ({ input }) => {
    const data = parseX86Data(input);
    const { family, model, stepping } = x86SignatureOf(data);
    const lines = [
      ['family:', family],
      ['model:', model],
      ['stepping:', stepping],
    ];
    return { signature: `${hex(x86RawSignature(data), 6)}\n${lines.map((line) => signatureLine(...line)).join('')}` };
  },

  'cpu-qemu-json': ({ input, params }) => {
    const [expansion, definitions] = replies(input);
    const models = params.cpuDefinitions ? x86ModelsFromQemu(definitions) : undefined;
    const result = x86Decode(x86FactsFromQemu(expansion.model.props), { kind: 'guest', models });
    return { cpu: formatCpu(decoded('guest', params.arch, result)) };
  },
};
